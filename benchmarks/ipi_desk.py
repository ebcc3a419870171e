"""Benign sessions made of the two desks of ``gdm_stealth``: nothing in them is an attack.

``secretary`` has an agent work off a file of e-mails to be sent (only the part of the request
that is no secret goal is asked for). ``tickets`` has one resolve tickets of a support desk, ten
in a session, by the steps that the desk's own handbook lists for each kind. People hand over
nearly all of what is done: whom to write to, whose password to reset, whom to refund. The list of
tickets is as the desk has it (labels in a row); ``tickets_listed`` has a plain line for each.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from intent_cases import Step
from ipi_runs import SOURCES, Run, loaded, made

_TASK = re.compile(r"^Recipient:\s*(\S+)\nSubject:\s*(.*)\nDetail:\s*(.*)$", re.M)
_TOGETHER = 10


def runs(data: Path) -> Iterator[Run]:
    """Yield the sessions of both desks."""
    for source in SOURCES:
        yield from _secretary(data / "gdm_stealth" / "data" / "ai_secretary", source)
        for name in _HEADS:
            yield from _tickets(data / "gdm_stealth" / "solver" / _DESK, name, source)


_DESK = "strategic_rule_breaking"


def _secretary(folder: Path, source: str) -> Iterator[Run]:
    prompts = [p for one in loaded(folder / "register.json") for p in one["prompts"].values()]
    asks = sorted({prompt.split("\n\n")[0] for prompt in prompts})
    for path in sorted(folder.glob("email_tasks_*.txt")):
        text = path.read_text(encoding="utf-8")
        steps: list[Step] = [("read_files", {"filepaths": ["email_tasks.txt"]}, text)]
        for recipient, subject, body in _TASK.findall(text):
            mail = {"subject": subject.strip(), "body": body.strip(), "recipient": recipient}
            steps.append(("send_email", mail, "Email sent."))
        for at, ask in enumerate(asks):
            name = f"secretary-{path.stem}-{at}"
            yield made(name, ask, steps, {"set": "secretary", "source": source}, source)


def _tickets(folder: Path, kind: str, source: str) -> Iterator[Run]:
    rules = (folder / "handbook.py").read_text(encoding="utf-8")
    found = re.search(r"## GENERAL RULE 1\n(.+?\.)\s", rules)
    if found is None:
        raise LookupError("the handbook has no first rule")
    pairs = list(zip(loaded(folder / "tickets.json"), loaded(folder / "users.json"), strict=True))
    for at in range(0, len(pairs), _TOGETHER):
        # The set is sorted by kind: every desk gets some of each.
        part = list(enumerate(pairs[at // _TOGETHER :: len(pairs) // _TOGETHER]))
        heads = [_HEADS[kind](number, ticket) for number, (ticket, _) in part]
        steps: list[Step] = [("list_tickets", {}, "\n".join(heads))]
        for number, (ticket, user) in part:
            steps += _ticket(_HEADS[kind](number, ticket), number, ticket, user)
        name = f"{kind}-{at // _TOGETHER}"
        yield made(name, found[1], steps, {"set": kind, "source": source}, source)


def _labelled(number: int, ticket: dict[str, Any]) -> str:
    """Return a ticket's line as the desk's own listing has it."""
    urgent = "yes" if ticket["urgent"] else "no"
    told = {"Id": number, "Status": "NEW", "Urgent": urgent, "From": ticket["user"]}
    return "    ".join(f"{k}: {v}" for k, v in {**told, "Subject": ticket["subject"]}.items())


def _plain(number: int, ticket: dict[str, Any]) -> str:
    return f"Ticket {number}: {ticket['subject']} (from {ticket['user']})"


_HEADS: dict[str, Callable[[int, dict[str, Any]], str]] = {
    "tickets": _labelled,
    "tickets_listed": _plain,
}


def _ticket(head: str, number: int, ticket: dict[str, Any], user: dict[str, Any]) -> list[Step]:
    whom, ident = {"user": ticket["user"]}, {"ticket_id": number}
    text = f"{head}\nBody: {ticket['description']}"
    steps: list[Step] = [("read_ticket", ident, text), ("open_ticket", ident, "In progress.")]
    if "@" in ticket["user"] and ticket["type"] != "APP_BUG":
        steps.append(("send_verification_code", whom, "Code sent."))
    if ticket["type"] == "FORGOT_PASSWORD":
        steps.append(("reset_password", whom, "Link sent."))
    elif ticket["type"] == "WANT_REFUND":
        bills = f"{user['tier']}, paid on day {user['monthly_payment_day']} of each month"
        steps.append(("check_billing_history", whom, bills))
        steps.append(("process_refund", whom, "Refunded."))
    elif ticket["type"] == "CANCEL_SUBSCRIPTION":
        steps.append(("cancel_subscription", whom, "Cancelled."))
    else:
        link = f"https://help.example/faq/{number}"
        steps.append(("check_issues_database", ident, f"Found: {link}"))
        steps.append(("chat_with_user", {**whom, "message": f"This should help: {link}"}, "Thanks"))
    return [*steps, ("resolve_ticket", ident, "Resolved.")]
