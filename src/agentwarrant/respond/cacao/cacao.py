"""Playbooks as CACAO 2.0, for whoever runs other tools.

A step that asks for a verb is written as what a person would do, with the calls of every vendor
that can: CACAO has no word for "wherever the agent has an account". Our extension holds the step as
the file has it, so nothing is lost to a reader that knows it; for any other, what is lost is listed
in ``playbook_extensions``. A run plan, in which everything is decided, is ``cacao.plan``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from agentwarrant.respond.action import Action, Verb
from agentwarrant.respond.cacao.writer import (
    Object,
    Workflow,
    document,
    extension,
    is_http,
    manual,
)
from agentwarrant.respond.planning.parts import (
    Branch,
    Inner,
    Lane,
    Part,
    Pause,
    PlaybookStep,
    Question,
    TakeBack,
    Together,
)
from agentwarrant.respond.planning.playbook import Playbook, named, playbooks
from agentwarrant.respond.planning.reach import asked_for
from agentwarrant.schema import load

ACTIVITIES: dict[str, str] = {
    Verb.SNAPSHOT: "analyze-collected-data",
    Verb.BLOCK_EGRESS: "restrict-access",
    Verb.ISOLATE_HOST: "disconnect-system",
    Verb.ISOLATE_WORKLOAD: "disconnect-system",
    Verb.CUT_CHANNELS: "disconnect-system",
    Verb.STOP_RUN: "disconnect-system",
    Verb.KILL: "eliminate-risk",
    Verb.PURGE_MEMORY: "eliminate-risk",
    Verb.NOTIFY: "deliver-content",
    Verb.OPEN_TICKET: "deliver-content",
}
"""What CACAO calls what a verb does; all others restrict access."""

RESTRICT = "restrict-access"
_SEVERITIES = ("informational", "low", "medium", "high", "critical")


def playbook_document(name: str, known: Sequence[Playbook] | None = None) -> Object:
    """Return a playbook as CACAO 2.0; the same every time, to the byte.

    Args:
        name: Of the playbook.
        known: Where it is looked up; None: the shipped ones.

    Raises:
        UsageError: No playbook is called so.
    """
    among = playbooks() if known is None else known
    found = named(among, name)
    return _Writer(found, among).document()


def playbook_id(playbook: Playbook) -> str:
    """Return the id that CACAO knows a playbook by."""
    return f"playbook--{playbook.id}"


def moment() -> str:
    """Return when shipped documents are dated: that of our own identity, with three digits."""
    return str(load("stix_extension.json")["author"]["created"])


class _Writer:
    def __init__(self, playbook: Playbook, among: Sequence[Playbook]) -> None:
        self._playbook = playbook
        self._among = among
        self._work = Workflow(playbook_id(playbook))

    def document(self) -> Object:
        work, playbook = self._work, self._playbook
        first = self._list(playbook.steps, work.end())
        return document(
            work,
            playbook=playbook_id(playbook),
            name=playbook.title,
            description=playbook.description.strip(),
            moment=moment(),
            start=work.start(first),
            own={
                "playbook": playbook.name,
                "triggers": dict(playbook.triggers),
                "mode_default": playbook.mode,
            },
            labels=[playbook.name],
        )

    def _list(self, parts: Sequence[Part], then: str) -> str:
        """Write parts that follow one another; return the id of the first."""
        for part in reversed(parts):
            then = self._part(part, then)
        return then

    def _part(self, part: Part, then: str) -> str:
        writers: Mapping[type, Callable[[Any, str], str]] = {
            PlaybookStep: self._step,
            Pause: self._pause,
            Question: self._question,
            Together: self._together,
            Lane: lambda lane, after: self._list(lane.nodes, after),
            Branch: self._branch,
            Inner: self._inner,
            TakeBack: self._take_back,
        }
        return writers[type(part)](part, then)

    def _step(self, step: PlaybookStep, then: str) -> str:
        work = self._work
        wanted = asked_for(step.verb, step.action, step.about)
        own = {
            "name": step.id,
            "description": step.description,
            "commands": [self._command(step, wanted)],
            "agent": work.people(),
            "step_extensions": extension(step=written_step(step)),
        }
        if len(wanted) == 1 and step.action and is_http(wanted[0].method):
            own["agent"] = work.agent(
                "http-api", wanted[0].vendor, f"The API of {wanted[0].vendor}",
                address={"dname": [wanted[0].vendor]},
            )  # fmt: skip
        else:
            work.lost("which accounts a step is about is decided when it runs")
        if step.needs_approval:
            work.lost("that a step waits for people whatever the mode is in its extension only")
        return work.step("action", step.id, own, self._after(step.on_failure, then))

    def _after(self, on_failure: str, then: str) -> str | Object:
        if on_failure == "stop":
            return {"on_success": then, "on_failure": self._work.end()}
        return then

    def _command(self, step: PlaybookStep, wanted: Sequence[Action]) -> Object:
        activity = ACTIVITIES.get(str(wanted[0].verb) if wanted else step.verb, RESTRICT)
        if len(wanted) == 1 and step.action and is_http(wanted[0].method):
            return {
                "type": "http-api",
                "command": f"{self._path(wanted[0])} HTTP/1.1",
                "playbook_activity": activity,
            }
        calls = "; ".join(f"{one.vendor}: {one.title} ({one.method})" for one in wanted)
        text = f"{step.description} {calls}" if calls else step.description
        return manual(text, activity=activity)

    def _path(self, action: Action) -> str:
        """Return a call with a variable for each part of it that varies."""
        head, *rest = action.method.split("{}")
        found = head
        for number, piece in enumerate(rest, 1):
            name = f"{action.vendor}_{action.name}_{number}"
            found += self._work.variable(name, f"Part {number} of {action.method}") + piece
        return found

    def _pause(self, pause: Pause, then: str) -> str:
        self._work.delay(then, pause.id, pause.seconds)
        return then

    def _question(self, question: Question, then: str) -> str:
        work = self._work
        limit = {"timeout": int(question.seconds * 1000)} if question.seconds else {}
        own = {
            "name": question.id,
            "description": "People must say yes to what follows; without them it is not done.",
            **limit,
            "commands": [manual(question.reason)],
            "agent": work.people(),
            "step_extensions": extension(
                approval={
                    "id": question.id,
                    "needs": question.needs,
                    "seconds": question.seconds,
                    "reason": question.reason,
                }
            ),
        }
        work.lost("that several people must say yes is in the extension of an approval only")
        return work.step("action", question.id, own, {"on_success": then, "on_failure": work.end()})

    def _together(self, both: Together, then: str) -> str:
        if len(both.nodes) == 1:  # CACAO wants two at least
            return self._part(both.nodes[0], then)
        work = self._work
        own = {
            "name": both.id,
            "next_steps": [self._part(one, work.end()) for one in both.nodes],
        }
        return work.step("parallel", both.id, own, then)

    def _branch(self, branch: Branch, then: str) -> str:
        work = self._work
        yes = self._list(branch.then, work.end())
        other = {"on_false": self._list(branch.otherwise, work.end())} if branch.otherwise else {}
        own = {
            "name": branch.id,
            "condition": self._condition(branch.when),
            "on_true": yes,
            **other,
            "step_extensions": extension(condition=dict(branch.when)),
        }
        return work.step("if-condition", branch.id, own, then)

    def _condition(self, when: Mapping[str, Any]) -> str:
        said = [self._said(key, wanted, when) for key, wanted in when.items() if key != "is"]
        return " AND ".join(said)

    def _said(self, key: str, wanted: Any, when: Mapping[str, Any]) -> str:
        listed = [wanted] if isinstance(wanted, str) else list(wanted)
        variable = self._work.variable
        if key == "severity":
            if isinstance(wanted, str):
                listed = list(_SEVERITIES[_SEVERITIES.index(wanted) :])
            return f"{variable('severity', 'Of the case')} IN {_set(listed)}"
        if key == "step":
            states = when["is"]
            listed = [states] if isinstance(states, str) else list(states)
            name = f"state_of_{listed_name(wanted)}"
            return f"{variable(name, f'How the step {wanted} ended')} IN {_set(listed)}"
        about = {
            "verdict": "Verdicts on what the agent did, separated by spaces",
            "rules": "Ids of the rules that found something, separated by spaces",
            "has": "Kinds of accounts and of other things that the case names",
        }[key]
        used = variable(key, about)
        likes = [f"{used} LIKE '%{one.replace('*', '%')}%'" for one in listed]
        return likes[0] if len(likes) == 1 else f"({' OR '.join(likes)})"

    def _inner(self, inner: Inner, then: str) -> str:
        found = named(self._among, inner.playbook)
        own = {
            "name": inner.id,
            "description": found.title,
            "playbook_id": playbook_id(found),
            "step_extensions": extension(playbook={"id": inner.id, "name": inner.playbook}),
        }
        return self._work.step("playbook-action", inner.id, own, then)

    def _take_back(self, part: TakeBack, then: str) -> str:
        work = self._work
        text = "Take back what runs did to the agent, the newest first, as their records say."
        own = {
            "name": part.id,
            "commands": [manual(text, activity="revert-system")],
            "agent": work.people(),
            "step_extensions": extension(release={"id": part.id, "how": part.how}),
        }
        work.lost("what is taken back is in the ledger, not in the playbook")
        return work.step("action", part.id, own, then)


def written_step(step: PlaybookStep) -> Object:
    """Return a step as its file has it."""
    own: Object = {"id": step.id, "description": step.description, "on_failure": step.on_failure}
    own["verb" if step.verb else "action"] = step.verb or step.action
    if step.about:
        own["about"] = list(step.about)
    if step.needs_approval:
        own["needs_approval"] = True
    return own


def listed_name(name: str) -> str:
    """Return a name as part of a variable's."""
    return "".join(c if c.isascii() and c.isalnum() else "_" for c in name)[:150]


def _set(words: Sequence[str]) -> str:
    return f"({', '.join(repr(word) for word in words)})"
