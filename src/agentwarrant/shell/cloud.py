"""The one thing that a command of a cloud is about, named as the cloud's own log names it.

``aws`` names it by an option (``--instance-ids``, ``--bucket``), ``az`` by ``--name``, ``gcloud``
and ``kubectl`` by what stands after the verb. The log of AWS says ``<service>:<name>`` of what has
no ARN, so this does, too.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from agentwarrant.shell.command import Command

_NAMES = re.compile(r"--[a-z0-9-]*(?:id|ids|identifier|name|names|arn|arns|bucket)")
_NO_NAMES = re.compile(r"--[a-z-]*(?:token|client-secret|session|request)[a-z-]*")
_VERBS = re.compile(
    r"(?:create|delete|describe|list|update|get|start|stop|reset|restart|resize|deploy|set|add"
    r"|remove|patch|edit|scale|drain|cordon|label|annotate|rollout|logs)(?:-[a-z-]+)?"
)
_SHORT = {"-n": "--name"}
_LONGEST = 256
_ARGUMENTS = 64


def object_named(command: Command) -> str:
    """Return the object that a command of a cloud names; '' where it names none."""
    read = _READERS.get(command.program)
    named = read(command.args[:_ARGUMENTS]) if read else ""
    return named if len(named) <= _LONGEST else ""


def _aws(args: Sequence[str]) -> str:
    words = list(_plain(args))
    if not words:
        return ""
    options = dict(_options(args))
    if words[0] == "s3":
        return next((arg for arg in args if arg.startswith("s3://")), "")
    if words[0] == "s3api" and "--bucket" in options:
        held = f"{options['--bucket']}/{options.get('--key', '')}"
        return f"s3://{held}" if "--key" in options else f"s3:{options['--bucket']}"
    for name, value in options.items():
        if _NAMES.fullmatch(name) and not _NO_NAMES.fullmatch(name):
            return value if value.startswith("arn:") else f"{words[0]}:{value}"
    return ""


def _az(args: Sequence[str]) -> str:
    words, options = list(_plain(args)), dict(_options(args))
    named = options.get("--ids") or options.get("--name") or ""
    return f"{words[0]}:{named}" if words and named and not named.startswith("/") else named


def _gcloud(args: Sequence[str]) -> str:
    words = list(_plain(args))
    verb = next((n for n, word in enumerate(words) if n and _VERBS.fullmatch(word)), 0)
    named = words[verb + 1 : verb + 2] if verb else []
    return f"{words[0]}:{named[0]}" if named else ""


def _kubectl(args: Sequence[str]) -> str:
    words, options = list(_plain(args)), dict(_options(args))
    if len(words) < 2 or not _VERBS.fullmatch(words[0]):
        return ""
    rest = words[1:] if words[0] != "rollout" else words[2:]
    kind, _, name = rest[0].partition("/") if rest else ("", "", "")
    name = name or "".join(rest[1:2])
    space = options.get("--namespace") or options.get("--name") or "default"
    return f"{space}/{kind}/{name}" if name else ""


_READERS = {"aws": _aws, "az": _az, "gcloud": _gcloud, "kubectl": _kubectl, "oc": _kubectl}


def _options(args: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Yield the options that have a value, each with the first word of it."""
    for i, arg in enumerate(args):
        name, joined, value = arg.partition("=")
        name = _SHORT.get(name, name)
        following = args[i + 1] if i + 1 < len(args) else ""
        if not name.startswith("--"):
            continue
        if joined:
            yield name, value
        elif following and not following.startswith("-"):
            yield name, following


def _plain(args: Sequence[str]) -> Iterator[str]:
    """Yield the words that are no options and no options' values."""
    taken = False
    for arg in args:
        if arg.startswith("-"):
            taken = "=" not in arg and arg not in _FLAGS
        elif taken:
            taken = False
        else:
            yield arg


_FLAGS = frozenset(
    "--force --yes -y --quiet -q --debug --no-cli-pager --dry-run --no-dryrun --dryrun --recursive"
    " --no-wait --all -A --all-namespaces --now --async --no-paginate --no-sign-request".split()
)
"""Options without a value; what follows is a word of its own."""
