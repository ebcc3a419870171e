"""Claude Code's managed settings by the vendor's API: a group is denied every tool, and put first.

References:
    - the vendor's SDK, anthropic 2.14.0 for Python: the API of managed settings (beta), its header,
      409 on a stale order, "A write that returns 503 may have applied. Retrying it is safe."
    - no account was at hand: run against a simulator (docs/vendors/claude_code.md)
"""

from __future__ import annotations

import re
from typing import Any

from agentwarrant.faults import short
from agentwarrant.respond import http
from agentwarrant.respond.action import (
    Action,
    Expectation,
    Op,
    Plan,
    Reversibility,
    Step,
    Target,
    Verb,
    Verification,
)
from agentwarrant.respond.transport import Request, Transport, at

from ._claude_code import API, DOC, EVERY_TOOL, HOUR, LATER, ORDER, denied_already, denying, has

_GROUP = re.compile(r"rbac_group_[A-Za-z0-9]{1,80}")


def _look(where: str) -> Request:
    return http.read(where, endpoint="Anthropic", accepts=(404,))


class _OfGroup(Action):
    kinds = frozenset({"claude_code.group"})
    vendor = "claude_code"
    reversibility = Reversibility.REVERSIBLE
    required_permissions = (
        "read:claude_code_managed_settings",
        "write:claude_code_managed_settings",
    )
    propagation_seconds = 5.0
    doc = DOC

    def groups(self, target: Target, transport: Transport | None, notes: list[str]) -> list[str]:
        """Return the groups that may be changed; none where groups count for nobody."""
        named = target.ids("claude_code.group")
        notes += [f"Left out, no id of a group: {short(g)}" for g in named if not _fits(g)]
        if not has(transport, "api"):
            notes.append("The connection has no admin_key")
            return []
        if transport is not None:
            mode = at(transport.send(_look(ORDER)), ("body", "mode", "type"))
            if mode != "rbac_groups":
                notes.append(f"Settings of groups count for nobody: the mode is {short(mode)}")
                return []
        return [one for one in named if _fits(one)]


def _fits(group: str) -> bool:
    return _GROUP.fullmatch(group) is not None


class DenyToolsByGroup(_OfGroup):
    """Deny the members of a group every tool, by the vendor's API."""

    name = "deny_tools_by_group"
    verb = Verb.STRIP_TOOLS
    title = "Deny a group every tool"
    method = f"POST {API}/rbac_groups/{{}}"

    def plan(self, target: Target, transport: Transport | None = None) -> Plan:
        notes: list[str] = []
        steps = []
        for group in self.groups(target, transport, notes):
            where = http.path(f"{API}/rbac_groups/{{}}", group)
            answer = transport.send(_look(where)) if transport is not None else None
            if denied_already(at(answer, ("body", "settings"))):
                notes.append(f"{group} is denied every tool already")
            else:
                steps.append(self._step(group, where, answer))
        return Plan(self.id, target, tuple(steps), tuple(notes))

    def _step(self, group: str, where: str, answer: Any) -> Step:
        patch, before = denying(at(answer, ("body", "settings")))
        known = answer is not None
        new = at(answer, ("status",)) == 404
        deny = ("body", "settings", "permissions", "deny")
        back = http.change("POST", where, endpoint="Anthropic", patch=before)
        delete = http.change("DELETE", where, endpoint="Anthropic", accepts=(404,))
        was = before["permissions"]["deny"]
        gone = Expectation(deny, EVERY_TOOL, op=Op.LACKS) if was else Expectation(deny, op=Op.EMPTY)
        undone = Expectation(("status",), 404) if new else gone
        return Step(
            title=self.title,
            request=http.change("POST", where, endpoint="Anthropic", patch=patch),
            changes=f"{group}: permissions.deny holds every tool, and nothing passes it by",
            verify=Verification(_look(where), (Expectation(deny, EVERY_TOOL, op=Op.HOLDS),)),
            undo=(delete if new else back,) if known else (),
            pre_state=before if known else {},
            note=(
                "Every member of the group is stopped whose first group in the order it is: new"
                " settings join the end of the order, so raise the group too (raise_group). What"
                " else stands in its settings is kept, and is in no plan."
            ),
            point=f"claude_code.group:{group}",
            undone=Verification(_look(where), (undone,)) if known else None,
            residual_seconds=HOUR,
            residual=LATER,
        )


class RaiseGroup(_OfGroup):
    """Put a group first in the order, so that its settings count for all of its members."""

    name = "raise_group"
    verb = Verb.RESTRICT_ACCESS
    title = "Put a group's settings first"
    method = f"POST {ORDER}"

    def plan(self, target: Target, transport: Transport | None = None) -> Plan:
        notes: list[str] = []
        steps = []
        for group in self.groups(target, transport, notes)[:1]:
            answer = transport.send(_look(ORDER)) if transport is not None else None
            order = at(answer, ("body", "rbac_group_order"))
            if order and order[0] == group:
                notes.append(f"{group} is first already")
                continue
            if isinstance(order, list) and group not in order:
                notes.append(f"{group} has no settings yet: this comes after deny_tools_by_group")
                order = [*order, group]  # where the vendor will put it
            steps.append(self._step(group, order))
        return Plan(self.id, target, tuple(steps), tuple(notes))

    def _step(self, group: str, order: list[str] | None) -> Step:
        def to(place: int) -> Request:
            return http.change("POST", ORDER, endpoint="Anthropic", move=group, to=place)

        wanted = [group, *(one for one in order or [] if one != group)]
        place = ("body", "rbac_group_order")
        first = Expectation(place, wanted) if order else Expectation(place, group, op=Op.HOLDS)
        return Step(
            title=self.title,
            request=to(0),
            changes=f"order of groups: {group} comes first",
            verify=Verification(_look(ORDER), (first,)),
            undo=(to(order.index(group)),) if order else (),
            pre_state={"rbac_group_order": order} if order else {},
            note="409 where somebody changed the order since it was read: plan again.",
            point=f"claude_code.order:{group}",
            undone=Verification(_look(ORDER), (Expectation(place, order),)) if order else None,
            residual_seconds=HOUR,
            residual=LATER,
        )
