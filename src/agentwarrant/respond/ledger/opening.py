"""Opens the ledger that an installation's settings name; the one place that needs its libraries."""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING

from agentwarrant.errors import MissingExtra
from agentwarrant.respond.settings import LEDGER_FILE, Settings

if TYPE_CHECKING:
    from agentwarrant.respond.ledger.ledger import Ledger


def open_ledger(settings: Settings) -> Ledger:
    """Open the ledger of an installation, with its key.

    Raises:
        MissingExtra: SQLAlchemy, or the driver of PostgreSQL, is not installed.
        ConfigError: It cannot be opened, or a newer program has made it.
    """
    needed()
    from agentwarrant.respond.ledger.ledger import Ledger  # only where there is SQLAlchemy

    key = settings.audit_key.value().encode() if settings.audit_key else None
    return Ledger.open(settings.ledger_url(), key)


def known_ledger(settings: Settings) -> Ledger | None:
    """Open the ledger of an installation to look; None where it has none yet: none is made.

    Raises:
        MissingExtra, ConfigError: As ``open_ledger``.
    """
    if settings.ledger is None and not (settings.folder / LEDGER_FILE).is_file():
        return None  # also where the libraries of a ledger are not installed
    needed()
    from agentwarrant.respond.ledger.engine import is_made

    return open_ledger(settings) if is_made(settings.ledger_url()) else None


def needed() -> None:
    """Say it in one line where what the ledger needs is not installed.

    Raises:
        MissingExtra: It is not.
    """
    for library in ("sqlalchemy", "cryptography"):
        if find_spec(library) is None:
            what = f"responses need the library {library}"
            raise MissingExtra(what, mend="pip install agentwarrant[respond]")
