"""The package of the app: one file that Splunk takes as an upload.

A ``.spl`` is a tar in gzip with one folder, named as the app (Splunk's developer guide, "Package
apps"). Folders are 755 and files 644, as AppInspect wants them; owner, group and times are nobody's
and none, so that the same app is the same bytes.
"""

from __future__ import annotations

import io
import tarfile
from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath

from agentwarrant import __version__
from agentwarrant.siem.splunk.names import APP
from agentwarrant.siem.splunk.stored import in_gzip

NAME = f"{APP}-{__version__}.spl"


def package(files: Mapping[str, bytes]) -> bytes:
    """Return the package of an app's files, given by their path in it."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.USTAR_FORMAT) as made:
        for folder in sorted(set(_folders(files))):
            made.addfile(_folder(folder))
        for path, body in sorted(files.items()):
            made.addfile(_file(path, len(body)), io.BytesIO(body))
    return in_gzip(buffer.getvalue())


def _folders(files: Mapping[str, bytes]) -> Iterator[str]:
    for path in files:
        yield from (parent.as_posix() for parent in PurePosixPath(APP, path).parents[:-1])


def _folder(path: str) -> tarfile.TarInfo:
    entry = tarfile.TarInfo(path)
    entry.type, entry.mode = tarfile.DIRTYPE, 0o755
    return entry


def _file(path: str, size: int) -> tarfile.TarInfo:
    entry = tarfile.TarInfo(f"{APP}/{path}")
    entry.size, entry.mode = size, 0o644
    return entry
