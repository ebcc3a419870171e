"""``agentwarrant verify splunk``: the rules' tests in a real Splunk, compared with our engine.

The events of all tests are sent to an index of their own, by the collector, as they would be
shipped; every search is run over them as its saved search would; what it finds is compared with
what the embedded engine finds; and what was put there is taken out again, whatever happens.

A search that remembers what was seen is asked about all of the past at once; what is kept between
runs holds nothing of the tests' tenants, and the searches that keep it are not run: nothing is
written among the customer's. Not asked are searches that only compare with what others kept, and
those that read a data model, which cannot be held to one index.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass, field

from tenacity import Retrying, retry_if_result, stop_after_delay, wait_exponential

from agentwarrant.errors import ConfigError, TargetError, TargetRefused, TargetUnreachable
from agentwarrant.event import epoch_ms, iso_time
from agentwarrant.rules.model import Rule
from agentwarrant.secretrefs import Secret
from agentwarrant.siem.alternatives import parts
from agentwarrant.siem.plugin import Order, Say, target_of
from agentwarrant.siem.receiver import Doubt
from agentwarrant.siem.splunk import names
from agentwarrant.siem.splunk.answers import Meaning
from agentwarrant.siem.splunk.collector import collector, token_of
from agentwarrant.siem.splunk.form import field_name
from agentwarrant.siem.splunk.install import splunkd_of
from agentwarrant.siem.splunk.objects import INDEX, KINDS, TOKEN, make, objects, remove
from agentwarrant.siem.splunk.payload import envelope
from agentwarrant.siem.splunk.query import Form
from agentwarrant.siem.splunk.render import NativeSearch, render
from agentwarrant.siem.splunk.spl import string
from agentwarrant.siem.splunk.splunkd import Row, Splunkd, part
from agentwarrant.siem.splunk.standing import Server, read_server
from agentwarrant.siem.trials import AGO_MS, TENANT, Case, Key, cases_of, expected, key_of
from agentwarrant.siem.verifying import Outcome, Report, Verdict, Wish

PLACE = f"{names.APP}_verify"
"""The index and the token that a comparison makes."""
_LARGEST = 500_000
_PATIENCE = 180
"""Seconds in which what was sent must be searchable."""
_SHOWN = 5
_SOON = frozenset({Meaning.BUSY, Meaning.INDEX, Meaning.TOKEN})
"""What a collector answers that does not know yet what was just made."""


@dataclass(frozen=True, slots=True)
class _Made(Secret):
    """A token that was made for this run, held in memory alone."""

    text: str = field(default="", repr=False)

    def value(self) -> str:
        return self.text


def verify(order: Order, wish: Wish, say: Say) -> Report:
    """Compare what rules find in a Splunk with what they find here.

    Args:
        order: With config, target and rules.
        wish: Where, and whether to leave it.
        say: Told of each step.

    Raises:
        ConfigError: There is no place for the events.
        TargetError: Splunk refused what the comparison needs, or was not reached.
    """
    run = f"verify-{uuid.uuid4().hex[:10]}"
    left: list[str] = []
    with ExitStack() as opened:
        splunkd = opened.enter_context(splunkd_of(order))
        server = read_server(splunkd)
        if not server.app:
            mend = "upload what `agentwarrant build splunk` writes: searches need its definitions"
            raise TargetRefused("the app is not installed", where=splunkd.target.name, mend=mend)
        place = wish.place or PLACE
        token = _prepared(order, splunkd, server, place, wish, opened, left, say)
        end = int(time.time() * 1000) - AGO_MS
        cases = list(cases_of(order.rules, run, end))
        count = sum(len(case.events) for case in cases)
        say(f"sending {count:,} events of {len(cases):,} tests to the index {place}")
        _send(order, place, token, cases)
        _await(splunkd, place, run, count)
        verdicts = tuple(_verdicts(splunkd, order.rules, place, run, cases, say))
    return Report(f"Splunk {server.version}", count, verdicts, tuple(left))


def _prepared(
    order: Order,
    splunkd: Splunkd,
    server: Server,
    place: str,
    wish: Wish,
    opened: ExitStack,
    left: list[str],
    say: Say,
) -> Secret:
    """Make the index and the token, and see to it that they go; return the token.

    An index that is there already is used when it is named, and stays with what was put there.
    """

    def going(kind: str) -> None:
        def gone() -> None:
            try:
                remove(splunkd, kind, place)
            except TargetError as error:
                left.append(f"{kind} {place}")
                say(f"{kind} {place} cannot be taken out: {error.what}")

        if wish.keep:
            left.append(f"{kind} {place}")
        else:
            opened.callback(gone)

    if place in objects(splunkd, INDEX):
        if not wish.place:
            mend = "name one with --index that may hold events of tests, or remove it"
            raise ConfigError(f"there is an index {place} already", where="--index", mend=mend)
        left.append(f"events in the index {place}, which was there before")
    elif server.holds_data:
        going(INDEX)
        make(splunkd, INDEX, place, {})
    else:
        mend = f"{server.why}: make one there for events of tests, and name it with --index"
        raise ConfigError(f"there is no index {place}", where="--index", mend=mend)
    if not server.holds_data:
        return token_of(target_of(order))
    going(TOKEN)
    make(splunkd, TOKEN, place, {"index": place, "indexes": place, "disabled": "0", "useACK": "0"})
    return _Made("", text=_value(splunkd, place))


def _value(splunkd: Splunkd, name: str) -> str:
    kind = KINDS[TOKEN]
    found = splunkd.entries(f"{kind.path}/{part(kind.prefix + name)}") or {}
    text = next((str(one.get("token") or "") for one in found.values()), "")
    if not text:
        raise TargetRefused(f"the token {name} has no value", where=splunkd.target.name)
    return text


def _send(order: Order, place: str, token: Secret, cases: Sequence[Case]) -> None:
    """Send all events, as they would be shipped.

    Raises:
        TargetError: They were not taken.
    """
    target, channel = target_of(order), str(uuid.uuid4())
    with closing(collector(target)) as connected:
        for body in _bodies(place, cases):
            try:
                reply = _sending.copy()(connected.send, token, channel, body)
            except Doubt as doubt:
                raise TargetUnreachable(f"not sent: {doubt}", where=target.name) from doubt
            if reply.meaning is not Meaning.TAKEN:
                raise connected.refusal(reply)


_sending = Retrying(
    retry=retry_if_result(lambda reply: reply.meaning in _SOON),
    stop=stop_after_delay(20),
    wait=wait_exponential(multiplier=0.5, max=4),
    retry_error_callback=lambda state: state.outcome and state.outcome.result(),
)


def _bodies(place: str, cases: Sequence[Case]) -> Iterator[bytes]:
    stamps = {"source": names.APP, "sourcetype": names.sourcetype("events"), "index": place}
    waiting: list[bytes] = []
    size = 0
    for case in cases:
        for event in case.events:
            one = envelope(event, stamps, "")
            if waiting and size + len(one) > _LARGEST:
                yield b"".join(waiting)
                waiting, size = [], 0
            waiting.append(one)
            size += len(one)
    if waiting:
        yield b"".join(waiting)


def _await(splunkd: Splunkd, place: str, run: str, count: int) -> None:
    """Return when all events can be searched.

    Raises:
        TargetRefused: They could not within minutes.
    """

    def searchable() -> int:
        rows = splunkd.search(f"search {_where(place, run)} | stats count AS aw_n")
        return int(str(rows[0].get("aw_n", 0))) if rows else 0

    found = Retrying(
        retry=retry_if_result(lambda seen: seen < count),
        stop=stop_after_delay(_PATIENCE),
        wait=wait_exponential(multiplier=0.5, max=10),
        retry_error_callback=lambda state: state.outcome and state.outcome.result(),
    )(searchable)
    if found != count:
        what = f"of {count:,} events that were sent {found or 0:,} can be searched"
        raise TargetRefused(what, where=splunkd.target.name, mend="may the token's user search it?")


def _where(place: str, run: str) -> str:
    """Return the condition of this run's events."""
    return f'index={string(place)} aw_tenant="{run}/*"'


def _verdicts(
    splunkd: Splunkd,
    rules: Sequence[Rule],
    place: str,
    run: str,
    cases: Sequence[Case],
    say: Say,
) -> Iterator[Verdict]:
    rendered = render(rules)
    known = {rule.id: rule for rule in rules}
    for refusal in rendered.refused:
        yield Verdict(refusal.rule.short_id, 0, Outcome.LEFT_OUT, why=refusal.reason)
    for one in rendered.rules:
        reason = _not_asked(one)
        if reason:
            yield Verdict(one.rule.short_id, one.part, Outcome.LEFT_OUT, why=reason)
            continue
        meant = parts(one.rule, known)[one.part - 1]
        text = one.query.text.replace(f"`{names.INDEXES}`", f"({_where(place, run)})")
        verdict = _compared(one, expected(meant, rules, cases), _asking(splunkd, meant, text))
        say(f"{verdict.outcome}: {verdict.rule}.{verdict.part}")
        yield verdict


def _not_asked(one: NativeSearch) -> str:
    query = one.query
    if query.form is not Form.RAW:
        return "it reads a data model, which cannot be held to one index"
    if names.HABITS in query.lookups:
        return "it compares with what other searches kept, which would be kept among the customer's"
    return ""


def _asking(splunkd: Splunkd, meant: Rule, text: str) -> Callable[[], set[Key]]:
    """Return what asks Splunk and says what it found, as ``expected`` says it."""

    def asked() -> set[Key]:
        rows = splunkd.search(text, earliest="1", latest="now")
        if meant.correlation is None:
            return {(str(row.get("aw_id", "")),) for row in rows}
        group = [name for name in meant.correlation.group_by if name != TENANT]
        return {_key(row, group) for row in rows}

    return asked


def _key(row: Row, group: Sequence[str]) -> Key:
    values = (_text(row, field_name(name)) for name in group)
    moment = epoch_ms(iso_time(_text(row, "_time")))
    return key_of(_text(row, TENANT), values, moment)


def _text(row: Mapping[str, str | list[str]], name: str) -> str:
    value = row.get(name, "")
    return value[0] if isinstance(value, list) and value else str(value)


def _compared(one: NativeSearch, wanted: set[Key], asked: Callable[[], set[Key]]) -> Verdict:
    try:
        found = asked()
    except TargetRefused as error:
        return Verdict(one.rule.short_id, one.part, Outcome.REFUSED, len(wanted), error.what)
    return Verdict(
        one.rule.short_id,
        one.part,
        Outcome.AGREED if found == wanted else Outcome.DIFFERING,
        len(found & wanted),
        only_engine=_few(wanted - found),
        only_siem=_few(found - wanted),
    )


def _few(keys: set[Key]) -> tuple[str, ...]:
    return tuple(" ".join(key) for key in sorted(keys)[:_SHOWN])
