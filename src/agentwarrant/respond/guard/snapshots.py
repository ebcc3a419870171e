"""Evidence of a case in a folder: by content, hashed, dated in UTC, with who collected it.

What a case rests on is laid out first (``stage``), before a run begins: its events, its findings,
the sessions whole as they were read, and what planning read of the vendors' state. Taking a
snapshot (``collect``) copies it to where nothing is written twice: each part is a file named by
the SHA-256 of what it holds, and a manifest lists them. ``custody`` puts the manifest's hash into
the audit chain.

::

    FOLDER/cases/<case>/…            laid out; later readings of the case take its place
    FOLDER/evidence/objects/ab/ab…   parts, by SHA-256; never changed
    FOLDER/evidence/manifests/<case>/<SHA-256>.json

Everything went through the redactor: of a secret there is a mark.
"""

from __future__ import annotations

import getpass
import hashlib
import os
import socket
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson

from agentwarrant import __version__
from agentwarrant.errors import Refused, ResponseError
from agentwarrant.event import digest
from agentwarrant.redact import Redactor
from agentwarrant.respond.runplan import canonical

_STAGED, _EVIDENCE = "cases", "evidence"
_NAMES = "parts.json"


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One manifest.

    Attributes:
        sha256: Of its bytes; they are ``canonical``.
        data: ``tenant``, ``case``, ``taken`` (UTC), ``collector``, ``host``, ``tool``, ``parts``
            (``name``, ``what``, ``sha256``, ``bytes``, ``lines``) and ``before``, the hash of the
            snapshot before of the same case.
    """

    sha256: str
    data: Mapping[str, Any]

    @property
    def parts(self) -> list[Mapping[str, Any]]:
        found: list[Mapping[str, Any]] = list(self.data["parts"])
        return found


class Evidence:
    """The evidence of one installation.

    Args:
        folder: ``Settings.folder``.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    # What a case rests on ------------------------------------------------------------------

    def stage(
        self,
        tenant: str,
        case: str,
        parts: Mapping[str, Iterable[Mapping[str, Any]]],
        redactor: Redactor,
    ) -> None:
        """Lay out what a case rests on; parts of the same name take each other's place.

        Args:
            tenant, case: Whose.
            parts: Rows by name; the name may be anything, it is no file's.
            redactor: Takes secrets out of every row.

        Raises:
            ResponseError: The folder cannot be written.
        """
        where = self._staged(tenant, case)
        names = self._names(where)
        try:
            where.mkdir(parents=True, exist_ok=True, mode=0o700)
            for name, rows in parts.items():
                file = names.setdefault(name, f"part-{len(names) + 1}.jsonl")
                lines = (canonical(redactor.value(dict(row))[0]) for row in rows)
                _whole(where / file, b"".join(line + b"\n" for line in lines))
            _whole(where / _NAMES, canonical(names))
        except OSError as error:
            raise _unwritable(error, where) from None

    def _staged(self, tenant: str, case: str) -> Path:
        return self._folder / _STAGED / digest(tenant, case)

    def _names(self, where: Path) -> dict[str, str]:
        try:
            found: dict[str, str] = orjson.loads((where / _NAMES).read_bytes())
        except (OSError, orjson.JSONDecodeError):
            return {}
        return found

    # Snapshots -----------------------------------------------------------------------------

    def collect(self, tenant: str, case: str, agent: str) -> Snapshot:
        """Take a snapshot of what is laid out; the same twice is one.

        Raises:
            Refused: Nothing is laid out of the case.
            ResponseError: The folder cannot be read or written.
        """
        where = self._staged(tenant, case)
        names = self._names(where)
        if not names:
            mend = "agentwarrant playbooks run LOGS lays it out"
            raise Refused("nothing of this case is laid out to be kept", where=case, mend=mend)
        try:
            parts = [self._kept(name, where / file) for name, file in sorted(names.items())]
            before = self.snapshots(tenant, case)
            if before and before[-1].parts == parts:
                return before[-1]
            data = {
                "tenant": tenant,
                "case": case,
                "agent": agent,
                "taken": datetime.now(UTC).isoformat(timespec="milliseconds"),
                "collector": collector(),
                "host": socket.gethostname(),
                "tool": f"agentwarrant {__version__}",
                "number": len(before) + 1,
                "before": before[-1].sha256 if before else "",
                "parts": parts,
            }
            text = canonical(data)
            name = hashlib.sha256(text).hexdigest()
            home = self._manifests(tenant, case)
            home.mkdir(parents=True, exist_ok=True, mode=0o700)
            _whole(home / f"{name}.json", text)
        except OSError as error:
            raise _unwritable(error, where) from None
        return Snapshot(name, data)

    def _kept(self, name: str, path: Path) -> dict[str, Any]:
        text = path.read_bytes()
        found = hashlib.sha256(text).hexdigest()
        where = self.place(found)
        if not where.exists():
            where.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            _whole(where, text)
        size, lines = len(text), text.count(b"\n")
        return {"name": name, "sha256": found, "bytes": size, "lines": lines}

    def snapshots(self, tenant: str, case: str) -> list[Snapshot]:
        """Return the snapshots of a case, the oldest first."""
        found = []
        for path in self._manifests(tenant, case).glob("*.json"):
            text = path.read_bytes()
            try:
                found.append(Snapshot(hashlib.sha256(text).hexdigest(), orjson.loads(text)))
            except orjson.JSONDecodeError:
                continue  # verifying says that it is not what it was
        return sorted(found, key=lambda one: int(one.data.get("number", 0)))

    def manifest(self, tenant: str, case: str, sha256: str) -> bytes:
        """Return the bytes of a manifest; none where it is gone."""
        try:
            return (self._manifests(tenant, case) / f"{sha256}.json").read_bytes()
        except OSError:
            return b""

    def _manifests(self, tenant: str, case: str) -> Path:
        return self._folder / _EVIDENCE / "manifests" / digest(tenant, case)

    # Parts ---------------------------------------------------------------------------------

    def place(self, sha256: str) -> Path:
        """Return where a part stands."""
        return self._folder / _EVIDENCE / "objects" / sha256[:2] / sha256

    def part(self, sha256: str) -> bytes:
        """Return what a part holds; nothing where it is gone."""
        try:
            return self.place(sha256).read_bytes()
        except OSError:
            return b""

    def is_whole(self, sha256: str) -> bool:
        """Does a part still hold what it held?"""
        text = self.part(sha256)
        return hashlib.sha256(text).hexdigest() == sha256 and self.place(sha256).exists()

    def drop(self, sha256: str) -> None:
        """Delete a part; whoever asks knows that nobody needs it."""
        self.place(sha256).unlink(missing_ok=True)

    def drop_manifest(self, tenant: str, case: str, sha256: str) -> None:
        """Delete a manifest."""
        (self._manifests(tenant, case) / f"{sha256}.json").unlink(missing_ok=True)


def collector() -> str:
    """Return who collects: the account of this process at this host."""
    try:
        user = getpass.getuser()
    except (KeyError, OSError):  # an account without a name, in a container
        user = str(os.getuid()) if hasattr(os, "getuid") else "unknown"
    return f"{user}@{socket.gethostname()}"


def _whole(path: Path, text: bytes) -> None:
    """Write a file for the owner alone; it appears whole or not at all, and stays."""
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def _unwritable(error: OSError, where: Path) -> ResponseError:
    return ResponseError(f"evidence cannot be kept: {error.strerror}", where=str(where))
