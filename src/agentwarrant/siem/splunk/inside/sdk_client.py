"""Takes the place of the SDK's client: this app asks splunkd itself, and verifies certificates.

Only the name is needed, by the SDK's search commands; the SDK's own does not verify by default.
"""

from __future__ import annotations

from typing import Any


class Service:
    """Refuses to be made."""

    def __init__(self, **_: Any) -> None:
        raise TypeError("this app has no client of the SDK")
