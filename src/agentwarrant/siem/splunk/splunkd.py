"""Splunk's management port, splunkd: its REST API, asked through splunk-sdk.

Needs the extra ``splunk``; without it ``connect`` says what to install. Only what versions 2.1.1
and 3.0.1 of splunk-sdk have in common is used. ``carrier`` takes its requests there; what changes
nothing is asked again where splunkd is busy for a moment.

Answers are asked for as JSON: an object is an ``entry`` with ``name`` and ``content`` (REST API
Reference Manual, "Using the REST API reference").
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import quote

import httpx
import orjson
from tenacity import (
    RetryCallState,
    Retrying,
    retry_if_exception_type,
    stop_after_delay,
    stop_any,
    wait_exponential,
)
from tenacity.stop import stop_base

from agentwarrant.config import Target
from agentwarrant.errors import (
    ConfigError,
    TargetRefused,
    TargetUnreachable,
    WrongTarget,
)
from agentwarrant.siem.splunk.carrier import address, context_type, handler, reason_of, trust
from agentwarrant.siem.splunk.names import APP

if TYPE_CHECKING:
    from splunklib.binding import Context

Row = Mapping[str, str | list[str]]
"""One result of a search: text by field, a list where the field has several values."""
Entry = Mapping[str, Any]
"""The content of one object."""
_BUSY = frozenset({429, 502, 503, 504})
_OWNER = "nobody"
_LONGEST = 300
_TRIES = 4
"""Times that a connection is asked for where nothing has answered yet: one and a half seconds."""
_PATIENCE = 20.0
T = TypeVar("T")


class Splunkd:
    """A connection to splunkd, in the namespace of our app; errors are ours.

    Args:
        context: Of splunk-sdk.
        target: What errors name.
    """

    def __init__(self, context: Context, target: Target) -> None:
        self._context = context
        self.target = target
        self._answered = False

    def entries(
        self,
        path: str,
        query: Mapping[str, Any] | None = None,
        *,
        allow: frozenset[int] = frozenset(),
    ) -> dict[str, Entry] | None:
        """Return the objects of an endpoint by name; None for an allowed refusal.

        Args:
            path: ``saved/searches``: in the namespace of the app; ``/services/…``: as it is.
            query: Parameters.
            allow: Status codes that are no errors here.

        Raises:
            TargetRefused: splunkd said no; ``status`` says how.
            TargetUnreachable: It did not answer, or is busy.
            WrongTarget: What answers is not splunkd.
        """
        said = self.ask("GET", path, {**(query or {}), "count": 0}, allow=allow)
        if said is None:
            return None
        listed = said.get("entry") if isinstance(said, dict) else None
        if not isinstance(listed, list):
            raise WrongTarget("what answers is not splunkd", where=self._place)
        return {
            str(one.get("name")): {**(one.get("content") or {}), "eai:acl": one.get("acl") or {}}
            for one in listed
            if isinstance(one, dict)
        }

    def ask(
        self,
        method: str,
        path: str,
        query: Mapping[str, Any] | None = None,
        *,
        body: Any = None,
        allow: frozenset[int] = frozenset(),
        again: bool | None = None,
    ) -> Any:
        """Send a request and return the document it is answered with; see ``entries``.

        Args:
            method: ``GET``, ``POST`` or ``DELETE``.
            path: See ``entries``.
            query: Parameters; those of a ``POST`` without ``body`` are sent as a form.
            body: Sent as JSON.
            allow: Status codes that are no errors here; the answer is then None.
            again: May be sent again where no answer came; by default what changes nothing may.
        """
        from splunklib.binding import UrlEncoded

        told = {**(query or {}), "output_mode": "json"}
        path = UrlEncoded(path, skip_encode=True)  # names in it are encoded (``part``)

        def send() -> Any:
            with self._asking():
                if body is not None:
                    headers = [("Content-Type", "application/json")]
                    text = orjson.dumps(body).decode()
                    found = self._context.post(path, headers=headers, body=text, **told)
                else:
                    found = getattr(self._context, method.lower())(path, **told)
                return self._read(found.status, found.body.read())

        try:
            may_again = method == "GET" if again is None else again
            return self._patiently(send) if may_again else send()
        except TargetRefused as error:
            if error.status in allow:
                return None
            raise

    def search(self, text: str, *, earliest: str = "", latest: str = "") -> list[Row]:
        """Run a search to its end and return all of its results.

        Args:
            text: From its first command on.
            earliest, latest: Times as Splunk takes them: seconds, or ``-24h``; empty for none.

        Raises:
            TargetRefused: It was not understood, may not be run, or failed.
            TargetUnreachable: splunkd did not answer.
        """
        query = {
            "search": text,
            "exec_mode": "oneshot",
            "adhoc_search_level": "verbose",  # all fields of events, as in a scheduled search
            "count": 0,
        }
        limits = {"earliest_time": earliest, "latest_time": latest}
        query.update({name: value for name, value in limits.items() if value})
        said = self.ask("POST", "search/jobs", query, again=True)
        for message in said.get("messages", ()):
            if message.get("type") in ("FATAL", "ERROR"):
                what = f"the search failed: {str(message.get('text'))[:_LONGEST]}"
                raise TargetRefused(what, where=self._place)
        found = said.get("results")
        if not isinstance(found, list):
            raise WrongTarget("what answers is not splunkd", where=self._place)
        return found

    def _patiently(self, send: Callable[[], T]) -> T:
        """Send what may be sent again where splunkd is busy for a moment (it restarts, say).

        Where it never answered, a connection that is refused is a wrong address rather than a
        restart, and is soon given up.
        """
        stop: stop_base = stop_after_delay(_PATIENCE)
        if not self._answered:
            stop = stop_any(stop, _NobodyThere())
        return _retrying.copy(stop=stop)(send)

    @contextmanager
    def _asking(self) -> Iterator[None]:
        from splunklib.binding import HTTPError

        try:
            yield
            self._answered = True
        except HTTPError as error:
            self._answered = True
            raise self._refusal(error.status, error.body) from None
        except httpx.HTTPError as error:
            what = f"no answer: {reason_of(error)}"
            mend = "check management, proxy and ca"
            raise TargetUnreachable(what, where=self._place, mend=mend) from error

    def _read(self, status: int, body: bytes) -> Any:
        if 300 <= status < 400:
            mend = "is that the address of splunkd itself?"
            raise TargetRefused("it sends elsewhere", where=self._place, mend=mend, status=status)
        try:
            return orjson.loads(body) if body.strip() else {}
        except orjson.JSONDecodeError:
            mend = "check management: it is the port of splunkd, not that of the collector"
            raise WrongTarget("what answers is not splunkd", where=self._place, mend=mend) from None

    def _refusal(self, status: int, body: bytes) -> TargetRefused | TargetUnreachable:
        if status in _BUSY:
            return TargetUnreachable(f"it is busy ({status})", where=self._place, mend="wait")
        said = _messages(body)
        what, mend = f"it answered {status}: {said}".rstrip(": "), ""
        if status == 401:
            what, mend = "the token is not known there", "make a new one (Settings, Tokens)"
        elif status == 403:
            what, mend = "the token may not do that", "give its user the role of docs/splunk.md"
        return TargetRefused(what, where=self._place, mend=mend, status=status)

    @property
    def _place(self) -> str:
        return f"{self.target.name} ({self.target.management})"


_retrying = Retrying(
    retry=retry_if_exception_type(TargetUnreachable),
    wait=wait_exponential(multiplier=0.2, max=4),
    reraise=True,
)


class _NobodyThere(stop_base):
    """Ends when no connection was to be had, several times."""

    def __call__(self, retry_state: RetryCallState) -> bool:
        error = retry_state.outcome.exception() if retry_state.outcome else None
        refused = isinstance(error and error.__cause__, httpx.ConnectError)
        return refused and retry_state.attempt_number >= _TRIES


@contextmanager
def connect(target: Target) -> Iterator[Splunkd]:
    """Yield a connection to the splunkd of a target, and close it.

    Raises:
        ConfigError: The target names none, or a secret or the file of certificates is not there.
        MissingExtra: splunk-sdk is not installed.
    """
    kind, where = context_type(), address(target)
    if target.management_token is None:
        mend = "write management_token: env:NAME"
        raise ConfigError("there is no token for splunkd", where=target.name, mend=mend)
    with httpx.Client(
        verify=trust(target),
        proxy=target.proxy_url() or None,
        timeout=target.timeout,
        trust_env=False,
    ) as client:
        context = kind(
            handler=handler(client),
            **where,
            splunkToken=target.management_token.value(),
            owner=_OWNER,
            app=APP,
            verify=True,  # of no effect beside a handler; said because its default is False
        )
        yield Splunkd(context, target)


def part(name: str) -> str:
    """Return a name as one part of a path."""
    return quote(name, safe="")


def _messages(body: bytes) -> str:
    """Return why splunkd said no, in its own words."""
    try:
        said = orjson.loads(body)
    except orjson.JSONDecodeError:
        return ""
    listed: Sequence[Any] = said.get("messages") or () if isinstance(said, dict) else ()
    texts = [str(one.get("text", "")) for one in listed if isinstance(one, dict)]
    return "; ".join(text for text in texts if text)[:_LONGEST]
