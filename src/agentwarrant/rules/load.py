"""Loads rule files: pySigma parses, our schema checks, and every fault is shown at once."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from agentwarrant import content
from agentwarrant.content import Document
from agentwarrant.errors import ContentError, ContentErrors, PathNotFound
from agentwarrant.rules import kept
from agentwarrant.rules.durations import duration_ms
from agentwarrant.rules.model import Correlation, Rule
from agentwarrant.rules.tuned import with_lists, with_numbers
from agentwarrant.rules.tuning import Tuning

__all__ = ["duration_ms", "load_rules", "load_text"]

_SUFFIXES = (".yml", ".yaml")


@dataclass(frozen=True, slots=True)
class RuleFile:
    """One file of rules, read.

    Attributes:
        shown: Its name for the reader.
        text: What stands in it.
        family: The folder it stands in.
    """

    shown: str
    text: str
    family: str


def load_rules(
    paths: Sequence[Path] = (),
    *,
    pack: bool = True,
    foreign: bool = False,
    pipelines: Sequence[Path] = (),
    cache: Path | None = None,
    tuning: Tuning | None = None,
) -> list[Rule]:
    """Return the shipped rules and those under some paths, in order of family and file.

    Args:
        paths: Files and folders of Sigma rules, correlations and filters.
        pack: Take the shipped rules.
        foreign: The rules are about any events: their fields are not looked up in our schema, and
            their log sources do not matter.
        pipelines: pySigma processing pipelines, applied to every rule.
        cache: A folder in which the parsed form is kept; it is read without pySigma, and without
            the tests of the rules.
        tuning: How the rules are fitted to tenants; its filters are loaded as well.

    Raises:
        PathNotFound: One of the paths does not exist.
        ContentErrors: With every fault of every file.
    """
    tuning = tuning or Tuning()
    files, faults = read_files([*paths, *tuning.filters], pack=pack)
    made_by, wrong = _read([(str(path), path) for path in pipelines])
    if faults or wrong:
        raise ContentErrors([*faults, *wrong])
    named = [*_named(files), ("tuning", tuning.key)]
    key = kept.key_of(named, _named(made_by), foreign) if cache else ""
    known = kept.read(cache, key) if cache else None
    if known is not None:
        return known
    rules = _parsed(files, made_by, foreign, tuning)
    if cache:
        kept.write(cache, key, rules)
    return rules


def load_text(
    text: str, shown: str = "rules.yml", *, foreign: bool = True, pipelines: Sequence[Path] = ()
) -> list[Rule]:
    """Return the rules of a text of YAML documents.

    Raises:
        ContentErrors: With every fault.
    """
    made_by, faults = _read([(str(path), path) for path in pipelines])
    if faults:
        raise ContentErrors(faults)
    return _parsed([RuleFile(shown, text, _family(shown))], made_by, foreign)


@dataclass(frozen=True, slots=True)
class Loaded:
    """What some files hold: the rules that could be read, every fault, and the documents."""

    rules: list[Rule]
    faults: list[ContentError]
    documents: list[Document]


def read_files(paths: Sequence[Path], *, pack: bool) -> tuple[list[RuleFile], list[ContentError]]:
    """Return the rule files of the pack and of some paths, and those that cannot be read.

    Raises:
        PathNotFound: One of the paths does not exist.
    """
    return _read([*_shipped(pack), *_given(paths)])


def loaded(
    files: Sequence[RuleFile],
    pipelines: Sequence[RuleFile],
    foreign: bool,
    tuning: Tuning | None = None,
) -> Loaded:
    """Return the rules of some files and all that is wrong with them; nothing is raised."""
    # pySigma takes a third of a second to import, and a kept rule set does not need it.
    from agentwarrant.rules.documents import faults_of_documents, field_faults
    from agentwarrant.rules.parse import Parser
    from agentwarrant.rules.pipelines import pipeline_of

    faults: list[ContentError] = []
    tuning = tuning or Tuning()
    parser = Parser(pipeline_of(pipelines, faults), not foreign, faults)
    read: list[tuple[RuleFile, list[Document]]] = []
    for file in files:
        documents, wrong = content.parse(file.text, file.shown)
        wrong += faults_of_documents(documents)
        faults += wrong
        if not wrong:
            parser.add(with_lists(documents, tuning), file.family)
            read.append((file, documents))
    places = _Places(document for _, documents in read for document in documents)
    rules = with_numbers(_linked(parser.rules(), faults, places), tuning, faults)
    faults += _twice(documents for _, documents in read)
    if not foreign:
        by_path: dict[str, list[Rule]] = {}
        for rule in rules:
            by_path.setdefault(rule.path, []).append(rule)
        for file, documents in read:
            faults += field_faults(by_path.get(file.shown, ()), documents)
    return Loaded(rules, faults, [document for _, documents in read for document in documents])


def _parsed(
    files: Sequence[RuleFile],
    pipelines: Sequence[RuleFile],
    foreign: bool,
    tuning: Tuning | None = None,
) -> list[Rule]:
    found = loaded(files, pipelines, foreign, tuning)
    if found.faults:
        raise ContentErrors(found.faults)
    return found.rules


def _named(files: Sequence[RuleFile]) -> list[tuple[str, str]]:
    return [(file.shown, file.text) for file in files]


def _shipped(pack: bool) -> Iterator[tuple[str, content.Readable]]:
    for name, file in content.shipped("detections") if pack else ():
        yield f"detections/{name}", file


def _given(paths: Sequence[Path]) -> Iterator[tuple[str, content.Readable]]:
    for path in paths:
        if not path.exists():
            raise PathNotFound("no such file or folder", where=str(path))
        if not path.is_dir():
            yield str(path), path
            continue
        for folder, folders, names in os.walk(path):  # Path.rglob takes three times as long
            folders.sort()
            for name in sorted(names):
                if name.endswith(_SUFFIXES):
                    file = Path(folder, name)
                    yield str(file), file


def _read(
    files: Iterable[tuple[str, content.Readable]],
) -> tuple[list[RuleFile], list[ContentError]]:
    found: list[RuleFile] = []
    faults: list[ContentError] = []
    for shown, file in files:
        try:
            found.append(RuleFile(shown, file.read_text(encoding="utf-8"), _family(shown)))
        except (OSError, UnicodeDecodeError) as error:
            faults.append(ContentError(f"cannot be read: {error}", path=shown))
    return found, faults


def _family(shown: str) -> str:
    parts = shown.replace("\\", "/").split("/")
    return parts[-2] if len(parts) > 1 else ""


class _Places:
    """Where rules stand: each by its file, and by the first that it has of id, name and title."""

    def __init__(self, documents: Iterable[Document]) -> None:
        self._known: dict[tuple[str, str], Document] = {}
        for document in documents:
            data = document.data if isinstance(document.data, dict) else {}
            names = (data.get("id"), data.get("name"), data.get("title"))
            first = next((str(name) for name in names if name is not None), "")
            self._known.setdefault((document.path, first), document)

    def fault(self, rule: Rule, what: str, *place: str | int) -> ContentError:
        """Return a fault at a place of a rule's document."""
        document = self._known.get((rule.path, rule.id))
        return document.fault(what, place) if document else ContentError(what, path=rule.path)


_NOWHERE = _Places(())


def _linked(
    rules: list[Rule], faults: list[ContentError], places: _Places = _NOWHERE
) -> list[Rule]:
    """Return the rules with references as ids, and with what gives findings of its own decided."""
    known = {name: rule for rule in rules for name in (rule.name, rule.id)}
    faults += _set_faults(rules, places)
    linked: list[Rule] = []
    for rule in rules:
        if rule.correlation is not None:
            named = rule.correlation.rules
            unknown = [(i, name) for i, name in enumerate(named) if name not in known]
            for i, name in unknown:
                what = f"no rule is called {name!r}"
                faults.append(places.fault(rule, what, "correlation", "rules", i))
            if unknown:
                continue
            ids = {name: known[name].id for name in rule.correlation.rules}
            source = known[rule.correlation.rules[0]].logsource
            rule = replace(rule, correlation=_by_ids(rule.correlation, ids), logsource=source)
            known[rule.name] = known[rule.id] = rule
        linked.append(rule)
    silent = {
        i
        for r in linked
        if r.correlation and not r.correlation.generate
        for i in r.correlation.rules
    }
    return [rule if rule.alerts else replace(rule, alerts=rule.id not in silent) for rule in linked]


def _by_ids(given: Correlation, ids: dict[str, str]) -> Correlation:
    aliases = {
        alias: {ids.get(name, name): field for name, field in mapping.items()}
        for alias, mapping in given.aliases.items()
    }
    return replace(given, rules=tuple(ids[name] for name in given.rules), aliases=aliases)


def _set_faults(rules: Sequence[Rule], places: _Places) -> Iterator[ContentError]:
    """Faults that only the whole set shows: what is used twice."""
    own = [rule for rule in rules if rule.meta]
    titles = Counter(rule.title for rule in own)
    shorts = Counter(rule.short_id for rule in own)
    for rule in own:
        if titles[rule.title] > 1:
            yield places.fault(rule, f"the title {rule.title!r} is used more than once", "title")
        if shorts[rule.short_id] > 1:
            what = f"the short id {rule.short_id} is used more than once"
            yield places.fault(rule, what, "agentwarrant", "short_id")


def _twice(files: Iterable[Sequence[Document]]) -> Iterator[ContentError]:
    """Yield ids and names that two documents have, whether these are otherwise in order or not."""
    every = [document for file in files for document in file if isinstance(document.data, dict)]
    for key in ("id", "name"):
        counted = Counter(str(d.data[key]) for d in every if d.data.get(key) is not None)
        for document in every:
            value = document.data.get(key)
            if value is not None and counted[str(value)] > 1:
                yield document.fault(f"the {key} {value} is used more than once", (key,))
