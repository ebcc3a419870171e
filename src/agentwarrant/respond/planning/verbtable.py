"""The verbs that playbooks ask for: what each does, and which vendors can do it to what."""

from __future__ import annotations

from collections.abc import Iterator

from agentwarrant.errors import UsageError
from agentwarrant.respond.action import Reversibility, Verb
from agentwarrant.respond.vendor import actions

MEANINGS: dict[Verb, str] = {
    Verb.SNAPSHOT: "keep a copy of what an investigation needs",
    Verb.STRIP_TOOLS: "take every tool from the agent",
    Verb.STOP_RUN: "stop what runs now",
    Verb.DISABLE_SCHEDULES: "switch off what starts it by itself",
    Verb.CUT_CHANNELS: "close the channels over which its orders came",
    Verb.DISABLE_IDENTITY: "switch off an account",
    Verb.RESTRICT_ACCESS: "deny an account what it may do",
    Verb.REVOKE_SESSIONS: "end sessions and the tokens of them",
    Verb.DISABLE_CREDENTIALS: "switch off keys and secrets so that they can be switched on again",
    Verb.REVOKE_CREDENTIALS: "revoke keys, tokens and secrets for good",
    Verb.RAISE_RISK: "tell the identity provider that it is compromised",
    Verb.DISABLE_TOOL: "switch off a tool for everybody",
    Verb.DISABLE_SERVER: "switch off an MCP server for everybody",
    Verb.ISOLATE_WORKLOAD: "cut the network of a workload",
    Verb.ISOLATE_HOST: "cut the network of a host",
    Verb.BLOCK_EGRESS: "block where data went",
    Verb.FREEZE_PAYMENTS: "stop money from leaving",
    Verb.PURGE_MEMORY: "remove what was planted in its memory",
    Verb.KILL: "take down what runs it",
    Verb.NOTIFY: "tell people",
    Verb.OPEN_TICKET: "open a ticket",
}
_FINAL = "*"
BEGIN, END = "<!-- verbs -->", "<!-- /verbs -->"


def rows() -> Iterator[tuple[str, str, list[str], list[str]]]:
    """Yield (verb, what it does, vendors, what it is done to) in the order of the verbs.

    A vendor that can do it in a way that nobody can take back has a ``*``.
    """
    for verb in Verb:
        acting = [action for action in actions().values() if action.verb is verb]
        final = {a.vendor for a in acting if a.reversibility is Reversibility.IRREVERSIBLE}
        vendors = sorted({a.vendor for a in acting})
        shown = [f"{name}{_FINAL}" if name in final else name for name in vendors]
        kinds = sorted({kind for a in acting for kind in a.kinds or {"runtime"}})
        yield str(verb), MEANINGS[verb], shown, kinds


def markdown() -> str:
    """Return the table of ``docs/playbooks.md``."""
    lines = ["| verb | what it does | vendors (`*`: cannot be taken back) | to what |",
             "|---|---|---|---|"]  # fmt: skip
    for verb, meaning, vendors, kinds in rows():
        done_to = ", ".join(f"`{kind}`" for kind in kinds)
        lines.append(f"| `{verb}` | {meaning} | {', '.join(vendors) or 'none yet'} | {done_to} |")
    return "\n".join(lines) + "\n"


def within(text: str) -> str:
    """Return a text with the table between its marks.

    Raises:
        UsageError: It has no marks.
    """
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise UsageError(f"there is no {BEGIN} … {END} in it", where="--write")
    return f"{before}{BEGIN}\n{markdown()}{END}{after}"
