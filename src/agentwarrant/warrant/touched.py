"""What an action touches: hosts, paths, repositories; read out of its event."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

import orjson

from agentwarrant.event import COMMAND_LIMIT, Event, text_of
from agentwarrant.shell.facts import words_in
from agentwarrant.warrant.commandline import MAX, Reading, Touched, of_command
from agentwarrant.warrant.places import Place, inside, place_of
from agentwarrant.warrant.variables import expanded
from agentwarrant.warrant.words import NETWORKED, SCP, is_path

WRITING = words_in("write destructive persistence memory_write config_change privilege")
_KEY_PARTS = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|[-.\s]")
_PATHS = words_in("path paths file files filename filepath dir directory folder cwd workdir root")
_PATHS |= words_in("source destination src dst attachment attachments")
_URLS = words_in("url urls uri uris link links href endpoint website host hostname domain proxy")
_SURE_KEY = re.compile(r"(?:^|_)(?:url|host|hostname|proxy)$", re.I)
_COMMAND_KEY = re.compile(r"^(?:command|cmd|shell_command|bash)$", re.I)
_FOLDER_KEY = re.compile(r"^(?:cwd|workdir|working_dir(?:ectory)?)$", re.I)
_ABSOLUTE = re.compile(r"(?:/|[a-z]:/|\\\\)[^/]", re.I)
_REPOSITORY_KEY = re.compile(r"^(?:repo(?:sitory)?(?:_?(?:full_?)?name)?|project)$", re.I)


def touched_by(event: Event) -> Touched:
    """Return what an action touches.

    What is said without a folder is meant where the agent works now, or else where it was started.
    Only the latter is the agent's own folder: it cannot move that by ``cd``.
    """
    home = _home(text_of(event, "process.session_leader.working_directory"))
    started = home.path if home else ""
    folder = text_of(event, "process.working_directory") or started
    touched = _touched(event, folder, moved=folder != started)
    if home is None:
        return touched
    paths, perhaps = ([_at_home(p, home) for p in ps] for ps in (touched.paths, touched.perhaps))
    return touched._replace(paths=tuple(paths), perhaps=tuple(perhaps))


@lru_cache(maxsize=1024)
def _home(folder: str) -> Place | None:
    """Return the folder that an agent was started in; None for a root, which is nobody's own."""
    place = place_of(folder)
    return place if _ABSOLUTE.match(place.path) and not place.unknown else None


def _at_home(place: Place, home: Place) -> Place:
    return place._replace(home="." if place.path == home.path else inside(place.path, home))


def _touched(event: Event, folder: str, *, moved: bool) -> Touched:
    arguments = text_of(event, "warrant.arguments.text")
    command = text_of(event, "process.command_line")
    if command:
        said = (value for key, value in _pairs(arguments) or () if _FOLDER_KEY.match(key))
        told = "" if moved else next(said, "")
        touched = of_command(command, place_of(told, folder).path if told else folder)
        return touched if len(command) < COMMAND_LIMIT else _with_told(touched, event, folder)
    return _of_call(
        arguments,
        text_of(event, "url.full"),
        text_of(event, "destination.address"),
        text_of(event, "file.path"),
        folder,
        text_of(event, "warrant.network.operation", "none") != "none",
    )


def _with_told(touched: Touched, event: Event, folder: str) -> Touched:
    """Add what was found in a command line before it was cut."""
    fields = ("url.full", "destination.address", "file.path")
    told = _of_call("", *(text_of(event, name) for name in fields), folder, connects=False)
    return touched._replace(
        hosts=tuple(dict.fromkeys((*touched.hosts, *told.hosts)))[:MAX],
        paths=tuple(dict.fromkeys((*touched.paths, *told.paths)))[:MAX],
        repositories=tuple(dict.fromkeys((*touched.repositories, *told.repositories)))[:MAX],
    )


@lru_cache(maxsize=4096)
def _of_call(
    arguments: str, url: str, address: str, path: str, folder: str, connects: bool
) -> Touched:
    reading, pairs = Reading(folder), _pairs(arguments)
    if pairs is None or len(pairs) >= MAX:
        reading.hidden = "its arguments cannot be read whole"
    pairs = pairs or []
    if address and not url and not any(_named(key, _URLS) for key, _ in pairs):
        reading.urls([address], sure=True)
    for key, value in (one for one in [("url", url), ("path", path), *pairs] if one[1]):
        if NETWORKED.match(value) or SCP.match(value):
            reading.urls([value])
        elif _named(key, _URLS) and not re.search(r"\s", value):
            reading.urls([value], sure=bool(_SURE_KEY.search(key)))
        if value[:5].lower() == "file:" or (_named(key, _PATHS) and not NETWORKED.match(value)):
            reading.path(value, folder)
        elif len(value) < 1024 and is_path(value):
            reading.path(value, folder, sure=False)
        if _COMMAND_KEY.match(key):
            reading.code(expanded(value)[0])
    reading.repositories.update(dict.fromkeys(_named_repositories(dict(pairs))))
    reading.somewhere |= connects and not reading.hosts
    return reading.touched()


def _named(key: str, names: frozenset[str]) -> bool:
    return not names.isdisjoint(key.lower().split("_"))


def _named_repositories(pairs: dict[str, str]) -> Iterator[str]:
    for key, value in pairs.items():
        if not _REPOSITORY_KEY.match(key) or NETWORKED.match(value) or len(value) > 200:
            continue
        owner = pairs.get("owner") or pairs.get("org") or pairs.get("organization")
        if "/" in value or owner:
            yield (value if "/" in value else f"{owner}/{value}").lower()


def _pairs(arguments: str) -> list[tuple[str, str]] | None:
    """Return (key, text) of arguments, ``filePath`` as ``file_Path``; None of JSON that was cut."""
    if arguments[:1] not in ("{", "["):
        return []
    try:
        stack: list[tuple[str, object]] = [("", orjson.loads(arguments))]
    except orjson.JSONDecodeError:
        return None
    found: list[tuple[str, str]] = []
    while stack and len(found) < MAX:
        key, value = stack.pop()
        if isinstance(value, dict):
            stack += [(_KEY_PARTS.sub("_", str(name)), inner) for name, inner in value.items()]
        elif isinstance(value, list):
            stack += [(key, inner) for inner in value]
        elif isinstance(value, str):
            found.append((key, value))
    return found
