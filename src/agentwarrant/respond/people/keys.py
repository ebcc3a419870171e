"""Keys of people who approve: Ed25519 (RFC 8032); the private one stays with its person.

A private key is a PEM file (PKCS #8) that its owner alone can read, sealed by a passphrase where
one is given. The public key is one word for the configuration: ``ed25519:`` and base64. What is
signed is canonical JSON (``runplan.canonical``), so that two people who mean the same sign the
same bytes.
"""

from __future__ import annotations

import base64
import binascii
import os
import stat
from collections.abc import Callable
from pathlib import Path

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    KeySerializationEncryption,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from agentwarrant.errors import ConfigError, PathNotFound, UsageError

PREFIX = "ed25519:"
_OTHERS = stat.S_IRWXG | stat.S_IRWXO
_NEW = "agentwarrant respond keygen makes one"


def new_key(path: Path, passphrase: str = "") -> str:
    """Write a private key to a file that does not exist yet, mode 0600; return its public key.

    Args:
        path: Where it goes.
        passphrase: Seals the file; empty: whoever can read the file can sign.

    Raises:
        UsageError: Something is there already, or nothing can be written there.
    """
    key = Ed25519PrivateKey.generate()
    seal: KeySerializationEncryption = NoEncryption()
    if passphrase:
        seal = BestAvailableEncryption(passphrase.encode())
    text = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, seal)
    try:
        number = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(number, "wb") as file:
            file.write(text)
    except FileExistsError:
        what, mend = "there is a file already", "name another: a key is never overwritten"
        raise UsageError(what, where=str(path), mend=mend) from None
    except OSError as error:
        raise UsageError(f"cannot be written: {error.strerror}", where=str(path)) from None
    return public_text(key.public_key())


def read_key(path: Path, passphrase: Callable[[], str]) -> Ed25519PrivateKey:
    """Return the private key in a file.

    Args:
        path: The file.
        passphrase: Asked only where the file is sealed.

    Raises:
        PathNotFound: There is no such file.
        UsageError: Others can read it, it holds no such key, or the passphrase is another.
    """
    where = str(path)
    try:
        if path.stat().st_mode & _OTHERS and os.name == "posix":
            mend = f"chmod 600 {path}, and ask whether anybody has read it"
            raise UsageError("others than its owner can read this key", where=where, mend=mend)
        text = path.read_bytes()
    except FileNotFoundError:
        raise PathNotFound("there is no such key", where=where, mend=_NEW) from None
    except OSError as error:
        raise UsageError(f"cannot be read: {error.strerror}", where=where) from None
    try:
        key = _loaded(text, passphrase)
    except (ValueError, TypeError, UnsupportedAlgorithm):  # its words may quote the file
        what, mend = "it holds no key, or the passphrase is another", _NEW
        raise UsageError(what, where=where, mend=mend) from None
    if not isinstance(key, Ed25519PrivateKey):
        raise UsageError("it holds no Ed25519 key", where=where, mend=_NEW)
    return key


def _loaded(text: bytes, passphrase: Callable[[], str]) -> object:
    try:
        return load_pem_private_key(text, None)
    except TypeError:  # it is sealed
        return load_pem_private_key(text, passphrase().encode())


def public_text(key: Ed25519PublicKey) -> str:
    """Return a public key as the configuration holds it."""
    return PREFIX + base64.b64encode(key.public_bytes_raw()).decode()


def public_key(text: str, where: str = "") -> Ed25519PublicKey:
    """Return the public key that a text is.

    Raises:
        ConfigError: It is none.
    """
    try:
        raw = base64.b64decode(text.removeprefix(PREFIX), validate=True)
        if not text.startswith(PREFIX):
            raise ValueError(text)
        return Ed25519PublicKey.from_public_bytes(raw)
    except (ValueError, binascii.Error):
        raise ConfigError("its key is no Ed25519 public key", where=where, mend=_NEW) from None


def sign(key: Ed25519PrivateKey, message: bytes) -> str:
    """Return the signature of a message, as base64."""
    return base64.b64encode(key.sign(message)).decode()


def is_signed(public: str, message: bytes, signature: str, where: str = "") -> bool:
    """Did the holder of a key sign this very message?

    Raises:
        ConfigError: The public key is none.
    """
    key = public_key(public, where)
    try:
        key.verify(base64.b64decode(signature, validate=True), message)
    except (InvalidSignature, ValueError):  # binascii.Error is a ValueError
        return False
    return True
