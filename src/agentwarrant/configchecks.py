"""What may be wrong with a configuration beyond its schema.

No fault quotes a value that may be a secret written into the wrong place.
"""

from __future__ import annotations

import pkgutil
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from importlib import import_module
from types import MappingProxyType, ModuleType
from typing import Any
from urllib.parse import SplitResult, urlsplit

from agentwarrant.content import Document
from agentwarrant.errors import ContentError
from agentwarrant.faults import Place, closest
from agentwarrant.secretrefs import MEND, is_reference

DEFAULT_TENANT = "default"
_SIEMS = "agentwarrant.siem"
_SECRETS = ("api_key", "password", "token", "management_token")
_OF_TENANTS = ("hec_token",)
_ADDRESSES = ("kibana", "management")
_HERE = frozenset({"localhost", "127.0.0.1", "::1"})
_WALL = "a tenant is a wall: call one of them otherwise"
_BY_HAND = "write https://HOST:PORT"


@cache
def siems() -> Mapping[str, ModuleType]:
    """Return the SIEMs that there are, by the kinds that targets name.

    There is no list: each folder in ``siem`` is one, and says its kinds (``TARGETS``), its own
    part of the configuration (``settings``), what it calls a tenant (``namespace``), where
    documents go (``route``), what takes them there (``receiver``) and how much one counts
    (``weigh``, ``COUNTED``); ``siem.outbox`` and ``siem.estimate`` say how.
    """
    found: dict[str, ModuleType] = {}
    for info in pkgutil.iter_modules(import_module(_SIEMS).__path__):
        if info.ispkg:
            module = import_module(f"{_SIEMS}.{info.name}")
            found.update(dict.fromkeys(module.TARGETS, module))
    return MappingProxyType(found)


def parts_of(document: Document) -> Iterator[Iterable[ContentError]]:
    """Yield what looks for faults of a configuration that a schema cannot say.

    See ``schema.checked``.
    """
    data: Mapping[str, Any] = document.data
    for name, target in (data.get("targets") or {}).items():
        yield from _of_target(document, ("targets", name), target)
    for place, settings in _settings(data):
        yield _references(document, place, settings, _OF_TENANTS)
        yield _of_targets(document, place, settings)
    for name, feed in ((data.get("intel") or {}).get("feeds") or {}).items():
        yield _of_feed(document, ("intel", "feeds", str(name)), feed)
    yield _of_sharing(document)
    if "respond" in data:
        from agentwarrant.respond.settingsfaults import parts_of as response_parts  # all vendors

        yield from response_parts(document)
    yield _walls(document)


def _of_targets(
    document: Document, place: Place, settings: Mapping[str, Any]
) -> Iterator[ContentError]:
    known = [str(name) for name in (document.data.get("targets") or {})]
    for number, name in enumerate(settings.get("targets", ())):
        if name not in known:
            mend = closest(name, known)
            yield document.fault(f"no target is called {name!r}", (*place, "targets", number), mend)


def _of_feed(document: Document, place: Place, feed: Mapping[str, Any]) -> Iterator[ContentError]:
    if ("url" in feed) is ("path" in feed):
        yield document.fault("a feed is at a url or at a path", place, "write one of them")
    yield from _references(document, place, feed, _SECRETS)
    yield from _addresses(document, place, feed)


def _of_sharing(document: Document) -> Iterator[ContentError]:
    """Yield what is wrong with what goes out to others, and where to."""
    intel: Mapping[str, Any] = document.data.get("intel") or {}
    collections: Mapping[str, Any] = intel.get("collections") or {}
    for name, one in collections.items():
        place: Place = ("intel", "collections", str(name))
        yield from _references(document, place, one, _SECRETS)
        yield from _addresses(document, place, one)
    tenants = [str(name) for name in document.data.get("tenants") or {DEFAULT_TENANT: None}]
    for tenant, one in (intel.get("sharing") or {}).items():
        place = ("intel", "sharing", str(tenant))
        if str(tenant) not in tenants:
            what = f"no tenant is called {str(tenant)!r}"
            yield document.fault(what, place, closest(str(tenant), tenants))
        if ("victim" in one or "names" in one) and one.get("tell") != "case":
            what = "victim and names are told with a case alone"
            yield document.fault(what, place, "write tell: case, or leave them out")
        for number, name in enumerate(one.get("collections", ())):
            if name not in collections:
                what = f"no collection is called {name!r}"
                where = (*place, "collections", number)
                yield document.fault(what, where, closest(name, list(map(str, collections))))


def spaces_of(data: Mapping[str, Any]) -> dict[str, str]:
    """Return the Kibana space of each tenant: its own, or one named after it.

    The only tenant of an installation has Kibana's default space.
    """
    tenants: Mapping[Any, Any] = data.get("tenants") or {DEFAULT_TENANT: None}
    return {
        str(name): (one or {}).get("space")
        or (_space(str(name)) if len(tenants) > 1 else "default")
        for name, one in tenants.items()
    }


def _space(tenant: str) -> str:
    """Return a tenant as the id of a space: small letters, digits, ``_`` and ``-``."""
    letters = (c if c.isascii() and c.isalnum() else "_" for c in tenant.lower())
    return "".join(letters).strip("_") or "default"


def _settings(data: Mapping[str, Any]) -> Iterator[tuple[Place, Mapping[str, Any]]]:
    yield ("defaults",), data.get("defaults") or {}
    for name, tenant in (data.get("tenants") or {}).items():
        yield ("tenants", str(name)), tenant or {}


def _of_target(
    document: Document, place: Place, target: Mapping[str, Any]
) -> Iterator[Iterable[ContentError]]:
    yield _of_kind(document, place, target)
    yield _references(document, place, target, _SECRETS)
    yield _addresses(document, place, target)


def _of_kind(document: Document, place: Place, target: Mapping[str, Any]) -> Iterator[ContentError]:
    kind = target["kind"]
    if kind not in siems():
        mend = closest(kind, sorted(siems()))
        yield document.fault(f"no SIEM is of the kind {kind!r}", (*place, "kind"), mend)
        return
    own = siems()[kind].settings
    for what, mend in own.faults(target):
        yield document.fault(what, place, mend)
    others = {key for module in siems().values() for key in module.settings.OF_TARGETS}
    for key in sorted(target.keys() & others - own.OF_TARGETS):
        yield document.fault(f"{key} does not belong to the kind {kind!r}", (*place, key))


def _references(
    document: Document, place: Place, settings: Mapping[str, Any], keys: tuple[str, ...]
) -> Iterator[ContentError]:
    for key in keys:
        if key in settings and not is_reference(settings[key]):
            yield document.fault(f"{key} is no reference to a secret", (*place, key), MEND)


def _addresses(
    document: Document, place: Place, target: Mapping[str, Any]
) -> Iterator[ContentError]:
    urls = target.get("url", ())
    urls = [urls] if isinstance(urls, str) else urls
    others = [(key, target[key]) for key in _ADDRESSES if key in target]
    secret = any(key in target for key in _SECRETS)
    for key, url in [*(("url", url) for url in urls), *others]:
        for what, mend in _of_url(split_address(url), secret):
            yield document.fault(f"{key} {what}", (*place, key), mend)
    proxy = target.get("proxy", "")
    if proxy and not is_reference(proxy):
        for what, mend in _of_url(split_address(proxy), secret=False):
            yield document.fault(f"proxy {what}", (*place, "proxy"), mend)


def split_address(url: str) -> SplitResult | None:
    """Return the parts of an address of HTTP, None where it is none."""
    try:
        parts = urlsplit(url)
        parts.port  # noqa: B018  # reading it is what finds a port that is none
    except ValueError:
        return None
    return parts if parts.hostname and parts.scheme in ("http", "https") else None


def _of_url(parts: SplitResult | None, secret: bool) -> Iterator[tuple[str, str]]:
    """Yield what is wrong with an address and the mend.

    Args:
        parts: The address; None where it is none.
        secret: A secret would be sent there.
    """
    if parts is None:
        yield "is no address", _BY_HAND
        return
    if parts.username is not None or parts.password is not None:
        yield "has a name or a password in it", MEND
    if parts.query or parts.fragment:
        yield "has more in it than host, port and path", _BY_HAND
    if secret and parts.scheme == "http" and parts.hostname not in _HERE:
        yield "would carry the secret unencrypted", _BY_HAND


def _walls(document: Document) -> Iterator[ContentError]:
    """Yield where two tenants would share what is one's own: a namespace, a space, an index."""
    data: Mapping[str, Any] = document.data
    spaces = spaces_of(data)
    owners: dict[tuple[str, str, str], str] = {}
    for place, settings in _settings(data):
        if place[0] != "tenants":
            continue
        name = str(place[-1])
        for own in _own(data, name, settings, spaces[name]):
            other = owners.setdefault(own, name)
            if other != name:
                said = f"the tenants {other!r} and {name!r} have one {own[0]}: {own[2]}"
                yield document.fault(said, place, _WALL)


def _own(
    data: Mapping[str, Any], tenant: str, settings: Mapping[str, Any], space: str
) -> Iterator[tuple[str, str, str]]:
    """Yield what only one tenant may have: what it is, where, and what it is called there."""
    usual = (data.get("defaults") or {}).get("targets", (data.get("targets") or {}))
    for name in settings.get("targets", usual):
        module = siems().get((data.get("targets") or {}).get(name, {}).get("kind"))
        if module is not None and "space" in module.settings.OF_TENANTS:
            yield "space", str(name), space
        if module is not None and "index" in module.settings.OF_TENANTS:
            yield "index", str(name), settings.get("index") or module.namespace(tenant)
    kinds = {target["kind"] for target in (data.get("targets") or {}).values()} & siems().keys()
    for called in sorted({siems()[kind].namespace(tenant) for kind in kinds}):
        yield "namespace", "", called
