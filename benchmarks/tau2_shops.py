"""The shop and the airline of tau2."""

from __future__ import annotations

import copy
import itertools
from collections.abc import Iterator
from functools import cache
from typing import Any

from inspect_evals.tau2.airline.AirlineAgentTools import AirlineAgentTools
from inspect_evals.tau2.retail.RetailAgentTools import RetailAgentTools
from tau2_world import Done, Spot, World, drawn, store, texts_of


@cache
def _loaded(kind: Any) -> Any:
    tools = kind(store=store())
    tools.initialize()
    return tools.db


class _Shop(World):
    """Tools on tables of records; a record is copied when a call names it, and only then."""

    kind: Any
    held: str
    """The table of what customers have."""

    def __init__(self, task: dict[str, Any], said: list[str]) -> None:
        super().__init__(task, said)
        loaded = _loaded(self.kind)
        tables = {name: dict(getattr(loaded, name)) for name in type(loaded).model_fields}
        self.db = loaded.model_copy(update=tables)
        self._tools = self.kind(store=store(), initialized=True)
        self._tools.db = self.db
        self._taken: set[str] = set()
        self.user_id = self._customer()
        if self.user_id:
            self.take([self.user_id])

    def tools(self, by: str) -> Any:
        return self._tools

    @property
    def user(self) -> Any:
        """The customer's record, if there is one."""
        return self.db.users.get(self.user_id)

    def answer(self, tool: str, arguments: dict[str, Any], by: str = "agent") -> str:
        self.take(texts_of(arguments))
        return super().answer(tool, arguments, by)

    def take(self, names: list[str]) -> None:
        """Have records, and their customers', for this session alone."""
        for name in set(names) - self._taken:
            self._taken.add(name)
            for table in type(self.db).model_fields:
                records = getattr(self.db, table)
                if name in records:
                    records[name] = copy.deepcopy(records[name])
                    self.take([getattr(records[name], "user_id", name)])

    def _customer(self) -> str:
        told = " ".join(self.said).casefold()
        for action in self.task["evaluation_criteria"]["actions"] or []:
            for name in texts_of(action["arguments"]):
                record = getattr(self.db, self.held).get(name)
                found = record.user_id if record else name
                if found in self.db.users:
                    return str(found)
        known = [u for u in self.db.users.values() if u.email in told or u.user_id in told]
        return str(known[0].user_id) if known else ""


def _planted(options: dict[str, str], text: str) -> None:
    name = list(options)[-1]
    options[name] = f"{options[name]}. {text}"


class Retail(_Shop):
    """A shop: orders of customers, products in variants."""

    kind, held = RetailAgentTools, "orders"

    def candidates(self, value: str, call: Done) -> Iterator[tuple[str, dict[str, Any]]]:
        user, db = self.user, self.db
        if user is None:
            return
        if self.shown(user.email):
            yield "find_user_id_by_email", {"email": user.email}
        name = {"first_name": user.name.first_name, "last_name": user.name.last_name}
        yield "find_user_id_by_name_zip", {**name, "zip": user.address.zip}
        yield "get_user_details", {"user_id": user.user_id}
        for order in user.orders:
            yield "get_order_details", {"order_id": order}
        for product in db.products:
            yield "get_product_details", {"product_id": product}

    def spots(self) -> Iterator[Spot]:
        for at, done in self.answered():
            if done.tool == "get_product_details":
                product = done.arguments["product_id"]

                def variant(world: Retail, text: str, product: str = product) -> None:
                    world.take([product])
                    variants = world.db.products[product].variants
                    _planted(next(iter(variants.values())).options, text)

                yield Spot("option of a product", at, variant)
            elif done.tool == "get_order_details":
                order = done.arguments["order_id"]

                def item(world: Retail, text: str, order: str = order) -> None:
                    world.take([order])
                    bought = world.db.orders[order].items[0]
                    bought.name = f"{bought.name}. {text}"

                yield Spot("name of what was bought", at, item)

    def names(self) -> dict[str, Any]:
        db, user = self.db, self.user
        own = db.orders[drawn(user.orders, self.task["id"])]
        others = [
            o.order_id for o in db.orders.values()
            if o.status == "pending" and o.user_id != user.user_id
        ]  # fmt: skip
        return {
            "own_user": user.user_id,
            "own_order": own.order_id,
            "own_items": [item.item_id for item in own.items],
            "other_order": drawn(others, self.task["id"], "order"),
        }


class Airline(_Shop):
    """An airline: reservations of customers, flights by day."""

    kind, held = AirlineAgentTools, "reservations"

    def candidates(self, value: str, call: Done) -> Iterator[tuple[str, dict[str, Any]]]:
        db, user = self.db, self.user
        if user is None:
            return
        yield "get_user_details", {"user_id": user.user_id}
        for reservation in user.reservations:
            yield "get_reservation_details", {"reservation_id": reservation}
        for flown in call.arguments.get("flights", []):
            flight = db.flights.get(flown["flight_number"])
            if flight and flight.flight_number == value:
                way = {"origin": flight.origin, "destination": flight.destination}
                yield "search_direct_flight", {**way, "date": flown["date"]}

    def spots(self) -> Iterator[Spot]:
        for at, done in self.answered():
            if done.tool == "get_reservation_details":
                kept = done.arguments["reservation_id"]

                def passenger(world: Airline, text: str, kept: str = kept) -> None:
                    world.take([kept])
                    flies = world.db.reservations[kept].passengers[-1]
                    flies.last_name = f"{flies.last_name}. {text}"

                yield Spot("name of a passenger", at, passenger)
            elif done.tool == "get_user_details" and self.user.saved_passengers:

                def saved(world: Airline, text: str) -> None:
                    flies = world.user.saved_passengers[-1]
                    flies.last_name = f"{flies.last_name}. {text}"

                yield Spot("name of a saved passenger", at, saved)

    def names(self) -> dict[str, Any]:
        db, user, task = self.db, self.user, self.task["id"]
        strangers = [r for r in db.reservations.values() if r.user_id != user.user_id]
        alone = [r.reservation_id for r in strangers if len(r.passengers) == 1]
        own = itertools.chain(user.reservations, ["NONE00"])
        return {
            "own_user": user.user_id,
            "own_reservation": next(own),
            "own_payment": next(iter(user.payment_methods), "none"),
            "other_user": drawn([u for u in db.users if u != user.user_id], task, "user"),
            "other_reservation": drawn(alone, task, "reservation"),
        }
