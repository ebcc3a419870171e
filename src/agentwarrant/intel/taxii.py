"""TAXII 2.1 collections (OASIS TAXII 2.1, section 5), read page by page and written to.

taxii2-client carries the requests; what it leaves open is closed here: every answer must come in
time and may only be so large, a page that repeats itself ends the reading, and after each page it
is known up to when everything was read (``X-TAXII-Date-Added-Last``), so that a server that fails
half way costs one page.

Parts of the server's own making that are not the standard's (``next`` needs the same ``limit``
with it) are kept to: the same parameters go with every page.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import orjson

from agentwarrant.errors import MissingExtra, TargetRefused, TargetUnreachable

if TYPE_CHECKING:
    from taxii2client.v21 import Collection

PAGE = 1_000
"""Objects of one page, at most; a server may give fewer."""
MOST_PAGES = 100_000
LARGEST = 32 << 20
"""Bytes of one answer, at most."""
ALTOGETHER = 16 << 30
"""Bytes of all answers of one reading, at most."""
MOST_OBJECTS = 20_000_000
TIMEOUT = 60.0
POLL = 1.0
"""Seconds between two questions for what became of what was sent."""
_NOT_NOW = frozenset({408, 425, 429, 500, 502, 503, 504})
_FIRST, _LAST = "X-TAXII-Date-Added-First", "X-TAXII-Date-Added-Last"


@dataclass(frozen=True, slots=True)
class Access:
    """Where a collection is, and who asks.

    Attributes:
        name: As the configuration calls it, for errors.
        url: Of the collection: ``https://…/collections/ID/``.
        username, password: For basic authentication; empty for none.
        token: A token instead of these.
        ca: Certificates to trust; None: the usual ones.
        proxy: The only proxy that is used; empty for none.
    """

    name: str
    url: str
    username: str = ""
    password: str = ""
    token: str = ""
    ca: Path | None = None
    proxy: str = ""


class Added(NamedTuple):
    """What became of objects that were sent.

    Attributes:
        accepted: How many the server says it took.
        failed: Of how many it says that it did not.
        pending: Of how many it has not said anything.
        why: What it says of those that failed, by id; not every server says which.
    """

    accepted: int
    failed: int
    pending: int
    why: Mapping[str, str]


class Page(NamedTuple):
    """Some objects, and up to when all objects have come with them; '' where it is not said."""

    objects: Sequence[Any]
    added: str


class Taxii:
    """One collection. Made by ``opened``."""

    def __init__(self, access: Access, collection: Collection, heard: Mapping[str, str]) -> None:
        self._access = access
        self._collection = collection
        self._heard = heard

    def pages(self, added_after: str = "") -> Iterator[Page]:
        """Yield what was added after a time, oldest first.

        No page is asked for twice: a server may take ``next`` for a place in its own memory, which
        has moved on though its answer was lost. Whoever goes on begins anew (``pull``).

        Raises:
            TargetRefused: It may not be read, or what it answers is no TAXII.
            TargetUnreachable: It does not answer.
        """
        params: dict[str, Any] = {"limit": PAGE}
        if added_after:
            params["added_after"] = added_after
        before: Sequence[Any] = ()
        total = 0
        for _ in range(MOST_PAGES):
            with _asking(self._access):
                envelope = self._collection.get_objects(**params)
            if not isinstance(envelope, Mapping):
                raise self._refused("it answered something else than an envelope")
            objects = envelope.get("objects", [])
            if not isinstance(objects, list):
                raise self._refused("its objects are no list")
            total += len(objects)
            if total > MOST_OBJECTS:
                raise self._refused(f"it has more than {MOST_OBJECTS:,} objects")
            more = envelope.get("more") is True
            yield Page(objects, self._complete(more=more))
            if not more:
                return
            following = envelope.get("next")
            if not isinstance(following, str):
                raise self._refused("it says there is more, and not where")
            if objects == before:
                raise self._refused("it gives one page again and again")
            before, params["next"] = objects, following  # a server may give one ``next`` for all
        raise self._refused(f"it has more than {MOST_PAGES:,} pages")

    def _complete(self, *, more: bool) -> str:
        """Return up to when everything has come with a page; '' where nothing is sure.

        What was added at one moment may go on on the next page, and ``added_after`` leaves that
        moment out: so before the last page only what is older than its end is sure.
        """
        first, last = self._heard.get(_FIRST, ""), self._heard.get(_LAST, "")
        if not more:
            return last
        return first if first < last else ""

    def add(self, body: bytes) -> Added:
        """Add the objects of an envelope, and wait until the server has dealt with them.

        Args:
            body: The envelope, as ``envelope`` makes it.

        Raises:
            TargetRefused: It may not be written to, or does not take them: none was taken. With
                the status 0: its answer cannot be read, and some or all may have been taken.
            TargetUnreachable: It does not answer: some or all may have been taken.
        """
        with _asking(self._access):
            status = self._collection.add_objects(body, wait_for_completion=False)
        try:
            with _asking(self._access):
                status.wait_until_final(poll_interval=POLL, timeout=int(TIMEOUT))
        except TargetRefused as error:  # it has them, and does not say what became of them
            what, mend = f"it does not say what became of it: {error.what}", "push again to ask"
            raise TargetUnreachable(what, where=self._access.name, mend=mend) from error
        failures = [one for one in status.failures if isinstance(one, Mapping)]
        why = {str(one.get("id")): str(one.get("message") or "")[:200] for one in failures}
        return Added(status.success_count, status.failure_count, status.pending_count, why)

    @property
    def can_read(self) -> bool:
        """May it be asked what it has?"""
        return self._collection.can_read is True

    @property
    def can_write(self) -> bool:
        """May it be given anything?"""
        return self._collection.can_write is True

    def most_bytes(self) -> int:
        """Return how large an envelope may be that it takes (the API root says so, 4.2.1)."""
        from taxii2client.v21 import ApiRoot

        url = self._access.url.rstrip("/").rpartition("/collections/")[0]
        with _asking(self._access):
            root = ApiRoot(f"{url}/", conn=self._collection._conn)
            most = root.max_content_length
        usable = isinstance(most, int) and not isinstance(most, bool) and most > 0
        return min(most, LARGEST) if usable else LARGEST

    def has(self, identities: Sequence[str]) -> set[tuple[str, str]]:
        """Return which objects of some ids it has: id and version, as its manifest says (5.6).

        Raises:
            TargetRefused, TargetUnreachable: See ``pages``.
        """
        params: dict[str, Any] = {"limit": PAGE, "id": list(identities), "version": "all"}
        found: set[tuple[str, str]] = set()
        for _ in range(PAGE):
            with _asking(self._access):
                manifest = self._collection.get_manifest(**params)
                listed = manifest.get("objects") or ()
                found |= {(str(one["id"]), str(one["version"])) for one in listed}
                more, following = manifest.get("more") is True, manifest.get("next")
            if not more or not listed or not isinstance(following, str):
                return found
            params["next"] = following
        return found

    def _refused(self, what: str) -> TargetRefused:
        return TargetRefused(what, where=self._access.name, mend="tell who runs it", status=0)


def envelope(objects: Sequence[Mapping[str, Any]]) -> bytes:
    """Return objects as they are sent."""
    return orjson.dumps({"objects": list(objects)})


@contextmanager
def opened(access: Access) -> Iterator[Taxii]:
    """Open a collection and close it.

    Raises:
        MissingExtra: taxii2-client is not installed.
        TargetRefused: The collection is not there, or may not be used.
        TargetUnreachable: The server does not answer.
    """
    try:
        from taxii2client.common import TokenAuth, _HTTPConnection
        from taxii2client.v21 import Collection
    except ImportError as error:
        mend = "pip install 'agentwarrant[intel]'"
        raise MissingExtra("TAXII needs the library taxii2-client", mend=mend) from error
    from agentwarrant.intel.bounded import Bounded

    heard: dict[str, str] = {}
    connection = _HTTPConnection(
        user=access.username or None,
        password=access.password or None,
        auth=TokenAuth(access.token) if access.token else None,
        verify=str(access.ca) if access.ca else True,
        version="2.1",
    )
    session = connection.session
    session.trust_env = False  # no proxies and no passwords of the environment
    session.max_redirects = 0  # nobody but the configuration says whom we ask
    if access.proxy:
        session.proxies = {"http": access.proxy, "https": access.proxy}
    for scheme in ("https://", "http://"):
        session.mount(scheme, Bounded(TIMEOUT, LARGEST, ALTOGETHER, heard))
    try:
        with _asking(access):
            collection = Collection(access.url, conn=connection)
            collection.refresh()
        yield Taxii(access, collection, heard)
    finally:
        connection.close()


@contextmanager
def _asking(access: Access) -> Iterator[None]:
    """Turn what taxii2-client and requests raise into errors of ours."""
    from requests.exceptions import HTTPError, JSONDecodeError, RequestException
    from taxii2client.exceptions import AccessError, TAXIIServiceException

    try:
        yield
    except HTTPError as error:
        status = error.response.status_code if error.response is not None else 0
        if status in _NOT_NOW:
            what = f"it is busy ({status})"
            raise TargetUnreachable(what, where=access.name, mend="try later") from error
        what, mend = _MEANINGS.get(status, (f"it answered {status}", "check the url"))
        raise TargetRefused(what, where=access.name, mend=mend, status=status) from error
    except (AccessError, TAXIIServiceException, JSONDecodeError, KeyError) as error:
        what = "what it answers is no TAXII 2.1"
        if isinstance(error, AccessError):
            what = "the collection may not be used so"
        raise TargetRefused(what, where=access.name, mend="check the url", status=0) from error
    except RequestException as error:
        what = f"no answer: {type(error).__name__}"
        mend = "check url, proxy and ca; what was read is kept"
        raise TargetUnreachable(what, where=access.name, mend=mend) from error
    except (ValueError, TypeError, AttributeError, RecursionError) as error:
        # JSON that is none of TAXII, or that Python will not read: numbers without an end
        what = "what it answers is no TAXII 2.1"
        raise TargetRefused(what, where=access.name, mend="check the url", status=0) from error


_MEANINGS = {
    401: ("the user, password or token is not known there", "check the secret it is read from"),
    403: ("the user may not do that", "ask who runs it for the right"),
    404: ("there is no such collection", "check the url"),
    406: ("it does not speak TAXII 2.1", "name a server of that version"),
    413: ("it takes less at once", "send fewer objects"),
    415: ("it does not take STIX 2.1", "name a server of that version"),
    422: ("it takes none of the objects", "tell who runs it"),
}
