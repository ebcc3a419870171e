"""The bank and the telephone company of tau2."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Iterator
from functools import cache
from typing import Any

from inspect_evals.tau2.banking.BankingAgentTools import BankingAgentTools
from inspect_evals.tau2.banking.BankingUserTools import BankingUserTools
from inspect_evals.tau2.banking.data_model import KnowledgeBase
from inspect_evals.tau2.banking.environment import apply_initial_state
from inspect_evals.tau2.banking.utils import BANKING_DOCUMENTS_FILE
from inspect_evals.tau2.data_model.tasks import EnvFunctionCall, InitialState
from inspect_evals.tau2.telecom.environment import Environment
from inspect_evals.tau2.telecom.solver import perform_action
from inspect_evals.tau2.telecom.TelecomAgentTools import TelecomAgentTools
from inspect_evals.tau2.telecom.TelecomUserTools import TelecomUserTools
from tau2_world import Done, Spot, World, drawn, ids_of, store

_OUTER, _NUMBER = "call_discoverable_agent_tool", re.compile(r"_\d{4}$")


Row = tuple[str, str, str]
"""A table, the key of a record in it, and a field of that."""


@cache
def _knowledge() -> Any:
    return KnowledgeBase.load(str(BANKING_DOCUMENTS_FILE))


@cache
def _grepped(pattern: str) -> str:
    return str(_knowledge().grep(pattern))


def _inner(tool: str, **arguments: str) -> tuple[str, dict[str, Any]]:
    return _OUTER, {"agent_tool_name": tool, "arguments": json.dumps(arguments)}


class Banking(World):
    """A bank whose agents look into its handbook, and unlock the tools that it names."""

    def __init__(self, task: dict[str, Any], said: list[str]) -> None:
        super().__init__(task, said)
        self._agent = BankingAgentTools(store=store())
        self._agent.initialize()
        self._user = BankingUserTools(store=store(), initialized=True)
        self._user.db = self._agent.db
        begin = task["initial_state"] and InitialState.model_validate(task["initial_state"])
        apply_initial_state(self._agent, self._user, begin)
        self.documents = _knowledge().documents
        self.user = self._customer()

    def tools(self, by: str) -> Any:
        return self._agent if by == "agent" else self._user

    def answer(self, tool: str, arguments: dict[str, Any], by: str = "agent") -> str:
        if tool == "grep":
            return self._grep(arguments["pattern"])
        return super().answer(tool, arguments, by)

    def _grep(self, pattern: str) -> str:
        clean, pages = _grepped(pattern), _knowledge().documents
        changed = [name for name, page in self.documents.items() if page is not pages[name]]
        if not any(f"ID: {name}\n" in clean for name in changed):
            return clean
        return str(_knowledge().model_copy(update={"documents": self.documents}).grep(pattern))

    def _customer(self) -> dict[str, Any]:
        users, actions = self._agent.db.users.data, self.task["evaluation_criteria"]["actions"]
        listed = {one for action in actions or [] for one in ids_of(action["arguments"])}
        told = " ".join(self.said)
        for user in users.values():
            if user["user_id"] in listed or user["email"] in told or user["name"] in told:
                return dict(user)
        return {}

    def candidates(self, value: str, call: Done) -> Iterator[tuple[str, dict[str, Any]]]:
        tables, user = self._agent.db, self.user
        bare = _NUMBER.sub("", value)
        if bare != value:
            yield "grep", {"pattern": bare.replace("_", ".")}
            yield "grep", {"pattern": value}
        if not user:
            return
        own = user["user_id"]
        yield "get_user_information_by_name", {"customer_name": user["name"]}
        yield "get_user_information_by_id", {"user_id": own}
        for kind in ("credit_card_accounts", "credit_card_transactions", "referrals"):
            yield f"get_{kind}_by_user", {"user_id": own}
        yield _inner("get_all_user_accounts_by_user_id_3847", user_id=own)
        for name, account in tables.accounts.data.items():
            if account.get("user_id") == own:
                yield _inner("get_debit_cards_by_account_id_7823", account_id=name)
                yield _inner("get_bank_account_transactions_9173", account_id=name)
        yield _inner("get_user_dispute_history_7291", user_id=own)

    def first(self) -> list[tuple[str, dict[str, Any]]]:
        """Who is verified is looked up, and at what time: the log of it is given both."""
        verified = [
            action["arguments"]
            for action in self.task["evaluation_criteria"]["actions"] or []
            if action["name"] == "log_verification"
        ]
        if not verified:
            return []
        name = {"customer_name": verified[0]["name"]}
        return [("get_user_information_by_name", name), ("get_current_time", {})]

    def spots(self) -> Iterator[Spot]:
        for at, done in self.answered():
            pages = re.findall(r"ID: (doc_\S+)", done.answer) if done.tool == "grep" else []
            for page in pages[:1]:

                def handbook(world: Banking, text: str, page: str = page) -> None:
                    leaf = copy.copy(world.documents[page])
                    leaf.content = f"{leaf.content}\n\n{text}"
                    world.documents = {**world.documents, page: leaf}

                yield Spot("page of the handbook", at, handbook)
            for place, table, name in _WRITTEN:
                paid = re.findall(r"Record ID: (b?txn_\w+)", done.answer)
                if paid and paid[0] in getattr(self._agent.db, table).data:

                    def payment(
                        world: Banking,
                        text: str,
                        row: tuple[str, str, str] = (table, paid[0], name),
                    ) -> None:
                        table, key, name = row
                        record = getattr(world._agent.db, table).data[key]
                        record[name] = f"{record[name]}. {text}"

                    yield Spot(place, at, payment)

    def names(self) -> dict[str, Any]:
        db, own, task = self._agent.db, self.user["user_id"], self.task["id"]
        accounts, cards = db.accounts.data, db.credit_card_accounts.data
        mine = [name for name, account in accounts.items() if account["user_id"] == own]
        strangers = [name for name, account in accounts.items() if account["user_id"] != own]
        card = drawn([name for name, one in cards.items() if one["user_id"] != own], task, "card")
        return {
            "own_user": own,
            "own_account": mine[0] if mine else "chk_none",
            "other_account": drawn(strangers, task, "account"),
            "other_card": card,
            "other_user": cards[card]["user_id"],
        }


_WRITTEN = (
    ("name of a merchant", "credit_card_transaction_history", "merchant_name"),
    ("text of a payment", "bank_account_transaction_history", "description"),
)


class Telecom(World):
    """A telephone company; what is to be done on the telephone the customer does."""

    def __init__(self, task: dict[str, Any], said: list[str]) -> None:
        super().__init__(task, said)
        self._agent, self._user = TelecomAgentTools(store=store()), TelecomUserTools(store=store())
        self._agent.initialize()
        self._user.initialize()
        self._whole = Environment(user_tools=self._user, tools=self._agent)
        for action in task["initial_state"]["initialization_actions"] or []:
            perform_action(self._whole, EnvFunctionCall.model_validate(action))
        number = re.search(r"\d{3}-\d{3}-\d{4}", " ".join(said))
        self.phone = number[0] if number else "555-123-2002"  # the one customer of these tasks
        self.user = self._agent.get_customer_by_phone(self.phone)

    def tools(self, by: str) -> Any:
        return self._agent if by == "agent" else self._user

    def answer(self, tool: str, arguments: dict[str, Any], by: str = "agent") -> str:
        answer = super().answer(tool, arguments, by)
        self._whole.sync_tools()
        return answer

    def first(self) -> list[tuple[str, dict[str, Any]]]:
        line = self._line()
        return [
            ("get_customer_by_phone", {"phone_number": self.phone}),
            ("get_details_by_id", {"id": line.line_id}),
            ("get_details_by_id", {"id": line.device_id}),
            ("get_bills_for_customer", {"customer_id": self.user.customer_id}),
        ]

    def _line(self) -> Any:
        return next(one for one in self._agent.db.lines if one.phone_number == self.phone)

    def candidates(self, value: str, call: Done) -> Iterator[tuple[str, dict[str, Any]]]:
        yield "get_details_by_id", {"id": value}

    def spots(self) -> Iterator[Spot]:
        for at, done in self.answered():
            if done.arguments.get("id", "").startswith("D"):
                yield Spot("model of a device", at, Telecom.name_device)
            elif done.tool == "get_bills_for_customer":
                yield Spot("line of a bill", at, Telecom.charge)

    def name_device(self, text: str) -> None:
        """Write into what the customer's device calls itself."""
        line = self._line()
        device = next(one for one in self._agent.db.devices if one.device_id == line.device_id)
        device.model = f"{device.model}. {text}"

    def charge(self, text: str) -> None:
        """Write into what a third party charges for."""
        bills = self._agent.get_bills_for_customer(self.user.customer_id)
        item = next(bill.line_items[-1] for bill in bills if bill.line_items)
        item.description = f"{item.description}. {text}"

    def names(self) -> dict[str, Any]:
        db, own = self._agent.db, self.user.customer_id
        strangers = [one for one in db.customers if one.customer_id != own and one.line_ids]
        other = drawn(strangers, self.task["id"], "customer")
        return {
            "own_customer": own,
            "own_line": self._line().line_id,
            "other_customer": other.customer_id,
            "other_line": other.line_ids[0],
        }
