"""Secrets by reference: configuration says where a secret stands, never what it is.

A reference is ``env:NAME`` (a variable of the environment) or ``file:PATH`` (what a file holds,
without the line feed at its end). It is read anew each time it is used, so that a secret that was
exchanged counts at once, and what was read is kept nowhere.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path

from agentwarrant.errors import ConfigError

MEND = "write env:NAME or file:PATH; the secret itself has no place in a file"
_FORM = re.compile(r"env:([A-Za-z_][A-Za-z0-9_]*)|file:([^\r\n]+)")
_LARGEST = 64 << 10


@dataclass(frozen=True, slots=True)
class Secret:
    """Where a secret stands.

    Attributes:
        reference: ``env:NAME`` or ``file:PATH``; it is no secret itself and may be shown.
        folder: What a path is relative to.
    """

    reference: str
    folder: Path = Path()

    def value(self) -> str:
        """Return the secret, for the one call that needs it.

        Raises:
            ConfigError: It is not there, or it is no text.
        """
        match = _FORM.fullmatch(self.reference)
        if match is None:  # whoever made it did not ask ``is_reference``: it may be the secret
            raise ConfigError("a secret is not given by reference", mend=MEND)
        name, path = match.groups()
        found = os.environ.get(name, "") if name else self._read(Path(path).expanduser())
        if not found:
            what = "the variable is not set" if name else "the file is empty"
            raise ConfigError(what, where=self.reference, mend="put the secret there")
        if not found.isprintable():
            raise ConfigError("what stands there is not one line of text", where=self.reference)
        return found

    def _read(self, path: Path) -> str:
        try:
            with (self.folder / path).open(encoding="utf-8") as file:
                return file.read(_LARGEST).strip()
        except OSError as error:
            raise ConfigError(f"cannot be read: {error.strerror}", where=self.reference) from error
        except UnicodeDecodeError:  # its text would quote the secret
            raise ConfigError("cannot be read: not UTF-8", where=self.reference) from None


Given = str | Secret
"""What may be written down or stand elsewhere: a user's name, a proxy's address."""


def is_reference(text: str) -> bool:
    """Is this text a reference to a secret?"""
    return _FORM.fullmatch(text) is not None


def given(text: str, folder: Path = Path()) -> Given:
    """Return a reference as one, any other text as it is."""
    return Secret(text, folder) if is_reference(text) else text


def text_in(value: Given) -> str:
    """Return the text that was given, or stands where it says.

    Raises:
        ConfigError: It is not there.
    """
    return value.value() if isinstance(value, Secret) else value
