"""Checks rules as a reviewer would: what loads may still be wrong."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any

from agentwarrant import content, schema
from agentwarrant.content import Document
from agentwarrant.errors import ContentError
from agentwarrant.rules import contract, lock, regexes
from agentwarrant.rules.explain import Explainer
from agentwarrant.rules.ir import Node, atoms
from agentwarrant.rules.load import loaded, read_files
from agentwarrant.rules.model import Rule

_TOKEN = re.compile(r"[\w*.-]+")
_WORDS = frozenset({"and", "or", "not", "of", "all", "any", "1"})
_SEEN = frozenset("\n\t\r")
_BLANK = frozenset("\u115f\u1160\u3164\uffa0")
_UNSEEN = frozenset({"Cf", "Cc", "Co", "Cn", "Zl", "Zp"})
_MIN_CONTAINS = 2


def lock_path(paths: Sequence[Path]) -> Path:
    """Return where the lock file of a rule set stands: at the top of its first folder."""
    if not paths:
        return Path(str(files("agentwarrant.detections"))) / lock.NAME
    first = paths[0]
    return (first if first.is_dir() else first.parent) / lock.NAME


def locked(paths: Sequence[Path]) -> bytes:
    """Return the lock file as it should be."""
    known, _ = _lock_of(paths)
    texts, _ = read_files(paths, pack=not paths)
    rules = _with_ids(paths, loaded(texts, (), False).documents)
    return lock.updated(known or {}, rules, _is_whole(paths))


def faults_of(
    paths: Sequence[Path] = (), *, ignore_lock: bool = False
) -> tuple[list[ContentError], list[Rule]]:
    """Return every fault of some rule files, by file and line, and the rules that they hold.

    Args:
        paths: Files and folders; none means the shipped pack.
        ignore_lock: The lock file is about to be written.

    Raises:
        PathNotFound: A path does not exist.
    """
    texts, faults = read_files(paths, pack=not paths)
    found = loaded(texts, (), False)
    faults += found.faults
    for text in texts:
        faults += _invisible(text.text, text.shown)
    by_place = {(r.path, r.id): r for r in found.rules}
    by_id = {r.id: r for r in found.rules}
    for document in found.documents:
        faults += _tag_faults(document)
        faults += _dangling(document)
        data = document.data if isinstance(document.data, dict) else {}
        names = (data.get("id"), data.get("name"), data.get("title"))
        rule = next(
            (by_place[k] for n in names if (k := (document.path, str(n))) in by_place), None
        )
        if rule is not None and rule.tree is not None:
            faults += _pattern_faults(rule, rule.tree, document)
        if rule is not None and contract.is_held(document):
            faults += contract.faults(document, contract.reads_of(rule, by_id))
    faults += _lock_faults(paths, found.documents, ignore_lock)
    unique = {(f.path, f.line, f.what): f for f in faults}
    ordered = sorted(unique.values(), key=lambda f: (f.path, f.line, f.what))
    return ordered, found.rules


def _is_whole(paths: Sequence[Path]) -> bool:
    """Are these all the rules of a lock file, not only some files of its folder?"""
    return not paths or paths[0].is_dir()


def _with_ids(paths: Sequence[Path], documents: Sequence[Document]) -> list[lock.Locked]:
    """Return what belongs in the lock file; what a rule means may stand in all its folder."""
    if _is_whole(paths):
        return lock.with_ids(documents)
    texts, _ = read_files([*paths, lock_path(paths).parent], pack=False)
    around = [one for text in texts for one in content.parse(text.text, text.shown)[0]]
    return lock.with_ids(documents, around)


def _lock_of(paths: Sequence[Path]) -> tuple[lock.Lock | None, list[ContentError]]:
    path = lock_path(paths)
    if not path.exists():
        return None, []
    return lock.parse(path.read_bytes(), str(path))


def _lock_faults(
    paths: Sequence[Path], documents: Sequence[Document], about_to_write: bool
) -> Iterator[ContentError]:
    known, faults = _lock_of(paths)
    yield from faults
    if known is None:
        return
    rules, path = _with_ids(paths, documents), str(lock_path(paths))
    for fault in lock.faults(known, rules, path, _is_whole(paths)):
        reused = "never used again" in fault.what
        if reused or not about_to_write:
            yield fault


def _invisible(text: str, shown: str) -> Iterator[ContentError]:
    """Yield characters that a reader does not see, or that turn the text around them."""
    if text.isascii() and text.isprintable():
        return
    for number, line in enumerate(text.split("\n"), 1):
        codes = sorted({f"U+{ord(c):04X}" for c in line if _is_unseen(c)})
        if codes:
            what = f"the invisible {'character' if len(codes) == 1 else 'characters'} "
            yield ContentError(
                what + ", ".join(codes), path=shown, line=number, mend="write it as an escape"
            )


def _is_unseen(character: str) -> bool:
    if character in _SEEN or "\x20" <= character < "\x7f":
        return False
    variation = "\ufe00" <= character <= "\ufe0f"
    return unicodedata.category(character) in _UNSEEN or character in _BLANK or variation


def _tag_faults(document: Document) -> Iterator[ContentError]:
    """Yield tags that name nothing in the pinned taxonomies."""
    tags = document.data.get("tags") if isinstance(document.data, dict) else None
    for i, tag in enumerate(tags if isinstance(tags, list) else ()):
        fault = _tag_fault(str(tag).lower())
        if fault:
            yield document.fault(f"the tag {tag}: {fault}", ("tags", i))


def _tag_fault(tag: str) -> str:
    space, _, name = tag.partition(".")
    tables = schema.taxonomy()
    if space == "attack":
        attack = tables["attack"]
        techniques = {*attack["techniques"], *attack["v18_to_v19"], *attack["v19"]["techniques"]}
        if re.fullmatch(r"t\d{4}(\.\d{3})?", name):
            return "" if name.upper() in techniques else "no technique of ATT&CK 18.1 or 19"
        if re.fullmatch(r"[gs]\d{4}", name):
            return ""
        tactics = {*attack["tactics"], *attack["v19"]["tactics"]}
        return "" if name.replace("_", "-") in tactics else "no tactic of ATT&CK"
    if space == "atlas" and name.startswith("aml.t"):
        known = {key.lower() for key in tables["atlas"]["techniques"]}
        return "" if name in known else "no technique of ATLAS 2026.09"
    if space == "owasp" and name[:3] in ("asi", "llm"):
        ids = {key.lower() for key in tables[f"owasp_{name[:3]}"]["ids"]}
        return "" if name in ids else f"no risk of OWASP {name[:3].upper()} 2026"
    return ""


def _dangling(document: Document) -> Iterator[ContentError]:
    """Yield selections that no condition names."""
    data = document.data if isinstance(document.data, dict) else {}
    for body in ("detection", "filter"):
        given = data.get(body)
        if not isinstance(given, dict):
            continue
        condition = given.get("condition", "")
        texts = condition if isinstance(condition, list) else [condition]
        named = [t for text in texts for t in _TOKEN.findall(str(text)) if t.lower() not in _WORDS]
        for name in given:
            if name in ("condition", "timeframe", "rules"):
                continue
            if not any(_names(token, str(name)) for token in named):
                yield document.fault(f"the selection {name} is in no condition", (body, str(name)))


def _names(token: str, selection: str) -> bool:
    if token == "them":  # noqa: S105  # Sigma's word, no password
        return not selection.startswith("_")
    if "*" not in token:
        return token == selection
    return re.fullmatch(re.escape(token).replace(r"\*", ".*"), selection) is not None


def _pattern_faults(rule: Rule, tree: Node, document: Document) -> Iterator[ContentError]:
    """Yield what matches everything, and what costs too much."""
    place = ("detection",)
    if tree == ["true"] or Explainer(rule).explain({}).matched:
        what = "it matches an event that has no field at all"
        yield document.fault(what, place, "ask for something that must be there")
    for _, name, op, argument in atoms(tree):
        where = _line_of(document, name, op, argument)
        said = f"{name or 'a keyword'}: "
        kind = op.partition("_")[0]
        if kind in ("contains", "startswith", "endswith") and not argument:
            yield document.fault(f"{said}a pattern that matches every text", where, "ask exists")
        elif kind == "contains" and len(argument) < _MIN_CONTAINS:
            what = f"{said}{argument!r} stands in nearly every text"
            yield document.fault(what, where, f"write at least {_MIN_CONTAINS} characters")
        elif op == "re":
            yield from _regex_faults(document, where, said, *argument)


def _regex_faults(
    document: Document, where: tuple[str | int, ...], said: str, pattern: str, flags: str
) -> Iterator[ContentError]:
    shown = f"{said}the regular expression {pattern}"
    if not regexes.is_linear(pattern, flags):
        yield document.fault(
            f"{shown} cannot run in linear time", where, "no look-around, no back references"
        )
    elif regexes.searcher(pattern, flags)(""):
        yield document.fault(f"{shown} matches every text", where, "ask exists")
    elif not regexes.literals(pattern, flags):
        yield document.fault(
            f"{shown} holds no text of {regexes.MIN_LITERAL} characters that must be there",
            where,
            "without one it is run on every value",
        )


def _line_of(document: Document, name: str | None, op: str, argument: Any) -> tuple[str | int, ...]:
    """Return the place of a test of a field in a document, as near as can be told."""
    fitting = [
        place
        for place in document.lines
        if place[:1] == ("detection",) and str(place[-1]).partition("|")[0] == (name or "")
    ]
    word = {"re": "re", "contains": "contains"}.get(op.partition("_")[0], "")
    exact = [p for p in fitting if word in str(p[-1]).split("|")] or fitting
    return exact[0] if exact else ("detection",)
