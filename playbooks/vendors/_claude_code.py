"""The two places of Claude Code's managed settings: a file, and the vendor's API.

A document of settings may hold secrets (``env``), so none is ever part of a plan. A change says
what shall be merged into it (RFC 7396: null removes), and is merged here, right before it is
written.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from agentwarrant.errors import OutcomeUnknown, Refused, Unreachable
from agentwarrant.respond import http
from agentwarrant.respond.connection import Connection
from agentwarrant.respond.transport import Effect, Request, Transport, at

DOC = "docs/vendors/claude_code.md"
HOUR = 3600.0
EVERY_TOOL = "*"
LATER = "sessions that run, until they read their settings again: at most an hour"
API = "/v1/organizations/claude_code/managed_settings"
ORDER = f"{API}/configuration"
HEADERS = {
    "anthropic-version": "2023-06-01",
    "anthropic-beta": "ce-claude-code-managed-settings-2026-10-06",
}
READ, MERGE = "file.read", "file.merge"
MAX_FILE = 1 << 20


def merged(value: Any, change: Any) -> Any:
    """Return a value with a change merged into it, as RFC 7396 says.

    A mapping that a change only took away from, and that is empty now, goes too: it was not there
    before somebody put in what is taken away.
    """
    if not isinstance(change, Mapping):
        return change
    own = dict(value) if isinstance(value, Mapping) else {}
    for key, one in change.items():
        if one is None:
            own.pop(key, None)
            continue
        own[key] = merged(own.get(key), one)
        takes = isinstance(one, Mapping) and all(each is None for each in one.values())
        if takes and not own[key]:
            del own[key]
    return own


class SettingsFile:
    """A file of managed settings on this host, or on what is mounted here.

    ``file.read`` answers 200 with the document or 404; ``file.merge`` writes it anew in one move:
    whoever reads it sees the old document or the new one. ``params``: ``patch``, and ``remove``:
    take the file away when nothing is left in it.
    """

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self._path = Path(connection.option("file")).expanduser()

    def send(self, request: Request) -> dict[str, Any]:
        """Return the answer.

        Raises:
            Refused: It is a link or no JSON object, or may not be read or written.
            Unreachable: Its folder is not there: nothing was done.
            OutcomeUnknown: Writing broke off.
        """
        before = self._read()
        if request.method == READ:
            return {"status": 404 if before is None else 200, "body": before}
        after = merged(before or {}, request.params["patch"])
        try:
            if request.params.get("remove") is True and not _something(after):
                self._path.unlink(missing_ok=True)
            else:
                self._write(json.dumps(after, indent=2, ensure_ascii=False) + "\n")
        except PermissionError:
            raise Refused("it may not be written", where=str(self._path), status=403) from None
        except OSError as error:
            what = f"writing broke off: {error.strerror}"
            raise OutcomeUnknown(what, where=str(self._path)) from None
        return {"status": 200, "body": None}

    def _read(self) -> dict[str, Any] | None:
        where = str(self._path)
        if self._path.is_symlink():
            raise Refused("it is a link", where=where, mend="name the file itself")
        if not self._path.parent.is_dir():
            raise Unreachable("its folder is not there", where=where)
        try:
            with self._path.open(encoding="utf-8") as file:
                found = json.loads(file.read(MAX_FILE))
        except FileNotFoundError:
            return None
        except (OSError, ValueError):  # what it says may hold a secret
            found = None
        if not isinstance(found, dict):
            raise Refused("it holds no JSON object", where=where, mend="a person has to mend it")
        return found

    def _write(self, text: str) -> None:
        mode = self._path.stat().st_mode & 0o777 if self._path.exists() else 0o644
        handle, name = tempfile.mkstemp(dir=self._path.parent, prefix=".managed-settings-")
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            Path(name).chmod(mode)
            Path(name).replace(self._path)
        except OSError:
            with suppress(OSError):
                Path(name).unlink()
            raise


def _something(value: Any) -> bool:
    """Is there anything in it but empty mappings?"""
    return not isinstance(value, Mapping) or any(map(_something, value.values()))


class SettingsApi:
    """The vendor's API of managed settings; changes are read, merged and written here.

    ``POST .../rbac_groups/{id}`` and ``POST .../rbac_group_default`` take ``patch``; ``POST
    .../configuration`` takes ``move`` (an id) and ``to`` (its place in the order), sent with the
    order's version: 409 when somebody changed it since.
    """

    def __init__(self, inner: Transport, connection: Connection) -> None:
        self.connection = connection
        self._inner = inner

    def send(self, request: Request) -> Any:
        """Return the answer; raises what ``http.Http.send`` says."""
        where = request.method.partition(" ")[2]
        if request.effect is not Effect.CHANGE or request.method.startswith("DELETE "):
            return self._inner.send(self._plain(request))
        before = self._inner.send(self._plain(http.read(where, endpoint="", accepts=(404,))))
        if where == ORDER:
            body = _moved(before["body"], request.params["move"], int(request.params["to"]))
        else:
            own = at(before, ("body", "settings"))
            body = {"settings": merged(own or {}, request.params["patch"])}
        return self._inner.send(self._plain(request, json=body))

    @staticmethod
    def _plain(request: Request, **params: Any) -> Request:
        return replace(request, params={**params, "headers": HEADERS})


def _moved(configuration: Any, group: str, place: int) -> dict[str, Any]:
    order = [str(one) for one in at(configuration, ("rbac_group_order",)) or []]
    rest = [one for one in order if one != group]
    return {
        "rbac_group_order": [*rest[:place], group, *rest[place:]],
        "rbac_group_order_version": at(configuration, ("rbac_group_order_version",)),
    }


def has(transport: Transport | None, what: str) -> bool:
    """Does the connection have a file, or a key to the API? Without one nobody knows."""
    connection = http.connection_of(transport)
    if connection is None:
        return True
    return bool(connection.option("file")) if what == "file" else connection.has("admin_key")


def denying(settings: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return what denies every tool, and what was there before of the same."""
    own = at(settings, ("permissions",))
    denied = at(own, ("deny",))
    kept = [one for one in denied if one != EVERY_TOOL] if isinstance(denied, list) else []
    wanted = {"deny": [*kept, EVERY_TOOL], "disableBypassPermissionsMode": "disable"}
    return {"permissions": wanted}, {"permissions": {name: at(own, (name,)) for name in wanted}}


def denied_already(settings: Any) -> bool:
    denied = at(settings, ("permissions", "deny"))
    return isinstance(denied, list) and EVERY_TOOL in denied
