"""What agents did lately, so that one that acts after it was contained is seen to.

A read says that a switch is off; that the agent does something says more. Kept in memory: a few
acts of each agent, of the agents that acted last.
"""

from __future__ import annotations

from collections import OrderedDict, deque

from agentwarrant.event import Event, epoch_ms, text_of
from agentwarrant.respond.ledger.rows import RunRow

ACTS = frozenset(
    {"tool_call", "message_sent", "payment", "agent_spawned", "schedule_created", "memory_write",
     "config_changed", "credential_used", "login", "handoff"}
)  # fmt: skip
"""``event.action`` of what an agent does; what is only tried and fails is no act."""

_AGENTS = 5_000
_EACH = 20
_SHOWN = 3


class Lately:
    """The last acts of agents."""

    def __init__(self) -> None:
        self._acts: OrderedDict[tuple[str, str], deque[tuple[int, str]]] = OrderedDict()

    def see(self, event: Event) -> None:
        """Take in an event."""
        action = text_of(event, "event.action")
        if action not in ACTS or text_of(event, "event.outcome") == "failure":
            return
        what = text_of(event, "gen_ai.tool.name") or action
        act = (epoch_ms(text_of(event, "@timestamp")), f"{what} ({text_of(event, 'event.id')})")
        for agent in _names(event):
            key = (text_of(event, "organization.id"), agent)
            self._acts.setdefault(key, deque(maxlen=_EACH)).append(act)
            self._acts.move_to_end(key)
        while len(self._acts) > _AGENTS:
            self._acts.popitem(last=False)

    def since(self, run: RunRow) -> list[str]:
        """Return what the agent of a run has done since it was contained, a line each."""
        acts = [one for one in list(self._acts.get((run.tenant, run.agent), ()))
                if one[0] > run.contained_ms]  # fmt: skip
        return [f"the agent acts after it was contained: {what}" for _, what in acts[:_SHOWN]]


def _names(event: Event) -> set[str]:
    """Return what an agent is called: by its warrant, and where it runs."""
    accounts = event.get("warrant.identity.accounts")
    refs = [str(one).partition(":") for one in accounts] if isinstance(accounts, list) else []
    own = {name.rpartition("/")[2] for kind, _, name in refs if kind.endswith(".agent")}
    return (own | {text_of(event, "gen_ai.agent.id")}) - {"", "unknown"}
