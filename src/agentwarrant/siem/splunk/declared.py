"""Puts warrants into the collection that the search command reads (``inside.warrants``)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from agentwarrant import content
from agentwarrant.errors import TargetRefused
from agentwarrant.redact import Redactor
from agentwarrant.siem.splunk.inside.warrants import COLLECTION, Row, row_of
from agentwarrant.siem.splunk.objects import Collection
from agentwarrant.siem.splunk.splunkd import Splunkd
from agentwarrant.warrant.kinds import Kinds
from agentwarrant.warrant.load import files_of, load_warrants


def rows(paths: Sequence[Path], kinds: Kinds, redactor: Redactor) -> list[Row]:
    """Return the rows of the warrants under some paths.

    Args:
        paths: Files and folders.
        kinds: All kinds of accounts.
        redactor: Of this installation: its marks stand for credentials whose ids are secret.

    Raises:
        ContentErrors: Every fault of every file.
        PathNotFound: A path does not exist.
    """
    load_warrants(paths, kinds, redactor.mark)
    documents = (one for path in files_of(paths) for one in content.load_file(path)[0])
    return [row_of(one, kinds, _known_by(redactor)) for one in documents]


def _known_by(redactor: Redactor) -> Callable[[str], list[str]]:
    def marked(identity: str) -> list[str]:
        is_secret = bool(redactor.text(identity)[1])
        return [*([] if is_secret else [identity]), redactor.mark(identity)]

    return marked


def store(splunkd: Splunkd, made: Iterable[Row]) -> int:
    """Write rows, and take out all others of their tenants; return how many there are.

    Raises:
        TargetError: The app is not there, one was refused, or splunkd was not reached.
    """
    kept = list(made)
    collection = Collection(splunkd, COLLECTION)
    if not collection.is_there():
        mend = "upload what `agentwarrant build splunk` writes, then publish again"
        raise TargetRefused("the app is not installed", where=splunkd.target.name, mend=mend)
    tenants, keys = {row["tenant"] for row in kept}, {row["_key"] for row in kept}
    collection.save(kept)
    for old in list(collection.documents()):
        if old.get("tenant") in tenants and old["_key"] not in keys:
            collection.forget(str(old["_key"]))
    return len(kept)
