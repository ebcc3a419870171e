"""What a schema cannot say of playbooks: every fault of a file, and of files among each other."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Any

from agentwarrant.content import Document
from agentwarrant.errors import ContentError
from agentwarrant.faults import Place, closest
from agentwarrant.finding import Severity
from agentwarrant.respond.action import Verb
from agentwarrant.respond.planning.reach import PARTS, are_meant
from agentwarrant.respond.vendor import actions

_SEVERITIES = frozenset(str(one) for one in Severity)
_UNREAD = ("targets", "with")


def parts_of(document: Document, *, whole: bool) -> Iterator[Iterable[ContentError]]:
    """Yield what looks for faults of one playbook that a schema cannot say (``schema.further``).

    Args:
        document: The playbook, without what the schema refused.
        whole: Of its steps nothing was. Else what depends on all of them is not asked.
    """
    steps = document.data.get("steps", ())
    if whole and steps and all("wait" in node for node in steps):
        yield [document.fault("it only waits", ("steps",), "write a step")]
    yield from _Checker(document, whole).parts(steps, ("steps",), _SEVERITIES, frozenset())


class _Checker:
    """Walks one playbook in the order in which it would run.

    ``before`` are the ids of the steps that have ended when a place is reached, ``bad`` the
    severities that a case can have there.
    """

    def __init__(self, document: Document, whole: bool) -> None:
        self._document, self._whole = document, whole
        self._seen: set[str] = set()
        self._all = _ids(document.data.get("steps", ()))

    def parts(
        self,
        nodes: Sequence[Mapping[str, Any]],
        place: Place,
        bad: AbstractSet[str],
        before: AbstractSet[str],
    ) -> Iterator[Iterable[ContentError]]:
        """Yield what looks at nodes that run one after the other."""
        for index, node in enumerate(nodes):
            yield from self._node(node, (*place, index), bad, before)
            before = before | _ids([node])

    def _node(
        self, node: Mapping[str, Any], at: Place, bad: AbstractSet[str], before: AbstractSet[str]
    ) -> Iterator[Iterable[ContentError]]:
        yield self._identity(node, at)
        if "parallel" in node:
            for index, one in enumerate(node["parallel"]):
                place = (*at, "parallel", index)
                if isinstance(one, list):
                    yield from self.parts(one, place, bad, before)
                else:
                    yield from self._node(one, place, bad, before)
        elif "if" in node or "then" in node:
            yield from self._branch(node, at, bad, before)
        elif _is_step(node):
            yield self._step(node, at)

    def _identity(self, node: Mapping[str, Any], at: Place) -> Iterator[ContentError]:
        identity = node.get("id", node.get("playbook"))
        if identity is None:
            return
        if identity in self._seen:
            what = f"two steps have the id {identity}"
            mend = "give each an id of its own" if "playbook" in node else ""
            yield self._document.fault(what, (*at, "id" if "id" in node else "playbook"), mend)
        self._seen.add(identity)

    def _branch(
        self, node: Mapping[str, Any], at: Place, bad: AbstractSet[str], before: AbstractSet[str]
    ) -> Iterator[Iterable[ContentError]]:
        when = node.get("if", {})
        yield self._condition(when, (*at, "if"), before)
        then = bad & _as_bad(when["severity"]) if "severity" in when else bad
        other = bad - then if self._whole and set(when) == {"severity"} else bad
        for key, left in (("then", then), ("else", other)):
            if key not in node:
                continue
            if not left and bad:
                what = f"what stands under {key} is never reached: no severity gets there"
                mend = "remove it, or mend the condition"
                yield [self._document.fault(what, (*at, key), mend)]
            yield from self.parts(node[key], (*at, key), left, before)

    def _condition(
        self, when: Mapping[str, Any], at: Place, before: AbstractSet[str]
    ) -> Iterator[ContentError]:
        step = when.get("step")
        if step is not None and step not in self._all and self._whole:
            mend = closest(step, sorted(self._all)) if self._all else ""
            yield self._document.fault(f"there is no step {step}", (*at, "step"), mend)
        elif step in self._all - before:
            what = f"{step} has not ended here: it stands later, or runs at the same time"
            yield self._document.fault(what, (*at, "step"), "ask for a step that comes before")
        yield from self._parts(when.get("has", ()), (*at, "has"))

    def _step(self, step: Mapping[str, Any], at: Place) -> Iterator[ContentError]:
        fault = self._document.fault
        for key in _UNREAD:
            if key in step:  # to ignore it in silence would do something else than it says
                yield fault(f"no action reads {key}", (*at, key), "remove it")
        verbs = [str(verb) for verb in Verb]
        if "action" in step and step["action"] not in actions():
            mend = closest(step["action"], sorted(actions()))
            yield fault("there is no such action", (*at, "action"), mend)
        elif "verb" in step and step["verb"] not in verbs:
            mend = closest(step["verb"], verbs)
            yield fault(f"there is no verb {step['verb']}", (*at, "verb"), mend)
        elif "about" in step:
            wrong = list(self._parts(step["about"], (*at, "about")))
            yield from wrong or self._nothing_to_do(step, (*at, "about"))

    def _parts(self, words: str | Sequence[str], at: Place) -> Iterator[ContentError]:
        for word in [words] if isinstance(words, str) else words:
            if "." not in word and word not in PARTS:
                what = f"no part of a target is called {word}"
                yield self._document.fault(what, at, closest(word, sorted(PARTS)))

    def _nothing_to_do(self, step: Mapping[str, Any], at: Place) -> Iterator[ContentError]:
        """Say where none of the actions asked for takes what the step is about."""
        about = (step["about"],) if isinstance(step["about"], str) else tuple(step["about"])
        asked = [
            one
            for one in actions().values()
            if (one.id == step["action"] if "action" in step else one.verb == step["verb"])
        ]
        if asked and not any(are_meant(one, about) for one in asked):
            taken = sorted({kind for one in asked for kind in one.kinds or {"runtime"}})
            what = "it can never do anything: no action that it asks for takes this"
            yield self._document.fault(what, at, f"they take {', '.join(taken)}")


def faults_between(
    standing: Mapping[str, Document], nameless: Sequence[Document] = ()
) -> Iterator[ContentError]:
    """Yield the faults of playbooks that name one another.

    Args:
        standing: The documents, each without what the schema refused, by the playbook's name.
        nameless: Those that have no name that the schema lets pass.
    """
    inner = {name: _uses(one) for name, one in standing.items()}
    for document in nameless:
        for other, place in _uses(document):
            if other not in standing:
                mend = closest(other, sorted(standing))
                yield document.fault(f"no playbook is called {other}", place, mend)
    for name, uses in inner.items():
        for other, place in uses:
            if other not in standing:
                mend = closest(other, sorted(standing))
                yield standing[name].fault(f"no playbook is called {other}", place, mend)
            elif name in _reached(other, inner):
                what = f"{name} would run itself without end, by way of {other}"
                yield standing[name].fault(what, place, "take one of them out")


def _reached(name: str, inner: Mapping[str, Sequence[tuple[str, Place]]]) -> set[str]:
    """Return a playbook and all that it runs."""
    found: set[str] = set()
    waiting = [name]
    while waiting:
        one = waiting.pop()
        if one not in found:
            found.add(one)
            waiting += [other for other, _ in inner.get(one, ())]
    return found


def _uses(document: Document) -> list[tuple[str, Place]]:
    return list(_inner(document.data.get("steps", ()), ("steps",)))


def _inner(nodes: Sequence[Any], place: Place) -> Iterator[tuple[str, Place]]:
    for index, node in enumerate(nodes):
        at = (*place, index)
        if isinstance(node, list):
            yield from _inner(node, at)
            continue
        if "playbook" in node:
            yield node["playbook"], (*at, "playbook")
        for key in ("parallel", "then", "else"):
            yield from _inner(node.get(key, ()), (*at, key))


def _nodes(nodes: Sequence[Any]) -> Iterator[Mapping[str, Any]]:
    for node in nodes:
        if isinstance(node, list):
            yield from _nodes(node)
            continue
        yield node
        for key in ("parallel", "then", "else"):
            yield from _nodes(node.get(key, ()))


def _ids(nodes: Sequence[Any]) -> frozenset[str]:
    """Return the ids of all steps among some nodes and in them."""
    return frozenset(str(node["id"]) for node in _nodes(nodes) if _is_step(node) and "id" in node)


def _is_step(node: Mapping[str, Any]) -> bool:
    return "verb" in node or "action" in node


def _as_bad(wanted: str | Sequence[str]) -> frozenset[str]:
    if isinstance(wanted, str):
        return frozenset(str(s) for s in Severity if s.rank >= Severity(wanted).rank)
    return frozenset(wanted)
