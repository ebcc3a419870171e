"""Stripe Issuing: the cards with which an agent pays, frozen and let go again.

A card that is ``inactive`` declines every new authorization; what was authorized before may still
be captured. ``canceled`` cannot be taken back and is not used here.

References:
    - https://docs.stripe.com/api/issuing/cards/update: ``status`` active, inactive, canceled
    - https://docs.stripe.com/api/issuing/cardholders/update: an inactive cardholder's cards decline
    - https://docs.stripe.com/api/idempotent_requests: to set a status twice does no more than once,
      so no key is sent
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import ClassVar

from agentwarrant.errors import Refused, ResponseError
from agentwarrant.faults import short
from agentwarrant.respond import http
from agentwarrant.respond.action import (
    Action,
    Expectation,
    Plan,
    Reversibility,
    Step,
    Target,
    Verb,
    Verification,
)
from agentwarrant.respond.connection import Connection
from agentwarrant.respond.transport import Request, Transport, at
from agentwarrant.respond.vendor import HttpVendor

ENDPOINT = "Stripe API v1"
VERSION = "2024-06-20"
"""The version of the API whose answers are read here; sent with every request."""

OFF, ON, GONE = "inactive", "active", "canceled"
_CAPTURES = 7 * 86_400.0
"""Seconds after which an authorization that nobody captured usually ends."""


class Stripe(HttpVendor):
    name = "stripe"
    title = "Stripe Issuing"
    secrets: ClassVar = {"key": "restricted key with write on Issuing cards and cardholders"}
    needs_url = False
    usual_url = "https://api.stripe.com"
    examples = ("stripe.card:ic_1A2bExample", "stripe.cardholder:ich_1A2bExample")

    def authorize(self, connection: Connection) -> http.Authorize:
        def headers(_: object) -> Mapping[str, str]:
            token = connection.secret("key")
            return {"Authorization": f"Bearer {token}", "Stripe-Version": VERSION}

        return headers


class _Freeze(Action):
    """What freezing a card and freezing all cards of somebody have in common."""

    vendor = "stripe"
    verb = Verb.FREEZE_PAYMENTS
    reversibility = Reversibility.REVERSIBLE
    propagation_seconds = 2.0
    rate_limit = 1_500
    doc = "docs/vendors/stripe.md"
    kind: ClassVar[str]
    place: ClassVar[str]
    form: ClassVar[re.Pattern[str]]

    def plan(self, target: Target, transport: Transport | None = None) -> Plan:
        steps: list[Step] = []
        notes: list[str] = []
        for name in target.ids(self.kind):
            if not self.form.fullmatch(name):
                notes.append(f"Left out, no id of Stripe's: {short(name)}")
                continue
            try:
                status = self._status(name, transport)
            except Refused as error:
                notes.append(f"Left out: {name}: {error.what}")
                continue
            if status in (OFF, GONE):
                notes.append(f"{name} is {status} already")
            else:
                steps.append(self._step(name, status))
        return Plan(self.id, target, tuple(steps), tuple(notes))

    def _status(self, name: str, transport: Transport | None) -> str | None:
        if transport is None:
            return None
        found = at(transport.send(self._look(name)), ("body", "status"))
        if found not in (ON, OFF, GONE):
            raise ResponseError(f"{name} has no status that is known", where=ENDPOINT)
        return str(found)

    def _step(self, name: str, status: str | None) -> Step:
        look = self._look(name)
        return Step(
            title=self.title,
            request=self._set(name, OFF),
            changes=f"{name}: {status or 'not read,'} becomes {OFF}",
            verify=Verification(look, (Expectation(("body", "status"), OFF),)),
            undo=(self._set(name, status),) if status else (),
            pre_state={"status": status} if status else {},
            note="What was authorized before may still be captured; subscriptions paid with the"
            " card decline.",
            point=f"{self.kind}:{name}",
            undone=Verification(look, (Expectation(("body", "status"), status or ON),)),
            residual_seconds=_CAPTURES,
            residual="authorizations from before may still be captured",
        )

    def _look(self, name: str) -> Request:
        return http.read(http.path(f"{self.place}/{{}}", name), endpoint=ENDPOINT)

    def _set(self, name: str, status: str) -> Request:
        # No Idempotency-Key: within 24 hours it would give the answer of the first time, and do
        # nothing, to whoever freezes a card again that was released.
        where = http.path(f"{self.place}/{{}}", name)
        return http.change("POST", where, endpoint=ENDPOINT, form={"status": status})


class FreezeCard(_Freeze):
    """Freeze a card that the agent pays with."""

    name = "freeze_card"
    title = "Freeze a card"
    kinds = frozenset({"stripe.card"})
    kind = "stripe.card"
    place = "/v1/issuing/cards"
    form = re.compile(r"ic_[A-Za-z0-9]{6,80}")
    method = "POST /v1/issuing/cards/{}"
    required_permissions = ("Issuing cards: write",)


class FreezeCardholder(_Freeze):
    """Freeze every card of a cardholder."""

    name = "freeze_cardholder"
    title = "Freeze all cards of a cardholder"
    kinds = frozenset({"stripe.cardholder"})
    kind = "stripe.cardholder"
    place = "/v1/issuing/cardholders"
    form = re.compile(r"ich_[A-Za-z0-9]{6,80}")
    method = "POST /v1/issuing/cardholders/{}"
    required_permissions = ("Issuing cardholders: write",)
