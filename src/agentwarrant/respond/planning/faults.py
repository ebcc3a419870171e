"""What a schema cannot say of playbooks: every fault of a file, and of files among each other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
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


def faults_in(document: Document) -> Iterator[ContentError]:
    """Yield the faults of one playbook that fits the schema."""
    steps = document.data["steps"]
    if all("wait" in node for node in steps):
        yield document.fault("it only waits", ("steps",), "write a step")
    yield from _Checker(document).faults(steps, ("steps",), _SEVERITIES, frozenset())


class _Checker:
    """Walks one playbook in the order in which it would run.

    ``before`` are the ids of the steps that have ended when a place is reached, ``bad`` the
    severities that a case can have there.
    """

    def __init__(self, document: Document) -> None:
        self._document = document
        self._seen: set[str] = set()
        self._all = {str(node["id"]) for node in _nodes(document.data["steps"]) if _is_step(node)}

    def faults(
        self,
        nodes: Sequence[Mapping[str, Any]],
        place: Place,
        bad: AbstractSet[str],
        before: AbstractSet[str],
    ) -> Iterator[ContentError]:
        """Yield the faults of nodes that run one after the other."""
        for index, node in enumerate(nodes):
            yield from self._node(node, (*place, index), bad, before)
            before = before | {str(one["id"]) for one in _nodes([node]) if _is_step(one)}

    def _node(
        self, node: Mapping[str, Any], at: Place, bad: AbstractSet[str], before: AbstractSet[str]
    ) -> Iterator[ContentError]:
        yield from self._identity(node, at)
        if "parallel" in node:
            for index, one in enumerate(node["parallel"]):
                place = (*at, "parallel", index)
                if isinstance(one, list):
                    yield from self.faults(one, place, bad, before)
                else:
                    yield from self._node(one, place, bad, before)
        elif "if" in node:
            yield from self._branch(node, at, bad, before)
        elif _is_step(node):
            yield from self._step(node, at)

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
    ) -> Iterator[ContentError]:
        when = node["if"]
        yield from self._condition(when, (*at, "if"), before)
        then = bad & _as_bad(when["severity"]) if "severity" in when else bad
        other = bad - then if set(when) == {"severity"} else bad
        for key, left in (("then", then), ("else", other)):
            if key not in node:
                continue
            if not left and bad:
                what = f"what stands under {key} is never reached: no severity gets there"
                yield self._document.fault(what, (*at, key), "remove it, or mend the condition")
            yield from self.faults(node[key], (*at, key), left, before)

    def _condition(
        self, when: Mapping[str, Any], at: Place, before: AbstractSet[str]
    ) -> Iterator[ContentError]:
        step = when.get("step")
        if step is not None and step not in self._all:
            mend = closest(step, sorted(self._all)) if self._all else ""
            yield self._document.fault(f"there is no step {step}", (*at, "step"), mend)
        elif step is not None and step not in before:
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


def faults_between(standing: Mapping[str, Document]) -> Iterator[ContentError]:
    """Yield the faults of playbooks that name one another.

    Args:
        standing: The documents, each without a fault of its own, by the playbook's name.
    """
    inner = {name: list(_inner(one.data["steps"], ("steps",))) for name, one in standing.items()}
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


def _is_step(node: Mapping[str, Any]) -> bool:
    return "verb" in node or "action" in node


def _as_bad(wanted: str | Sequence[str]) -> frozenset[str]:
    if isinstance(wanted, str):
        return frozenset(str(s) for s in Severity if s.rank >= Severity(wanted).rank)
    return frozenset(wanted)
