"""Times and ids: both follow from the session alone."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta


def hexed(text: str, digits: int) -> str:
    """Return a made-up id that is always the same for the same text."""
    return hashlib.sha256(text.encode()).hexdigest()[:digits]


def uuid(text: str) -> str:
    digits = hexed(text, 32)
    return "-".join(
        (digits[:8], digits[8:12], f"4{digits[13:16]}", f"8{digits[17:20]}", digits[20:])
    )


class Clock:
    """The time within one session; it only goes forward."""

    def __init__(self, start: datetime) -> None:
        self.now = start

    def pass_by(self, seconds: float) -> datetime:
        self.now += timedelta(seconds=max(seconds, 0.001))
        return self.now

    @property
    def text(self) -> str:
        moment = self.now.astimezone(UTC)
        return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"

    @property
    def ms(self) -> int:
        return int(self.now.timestamp() * 1000)

    @property
    def ns(self) -> int:
        return self.ms * 1_000_000
