"""Who we are to an OpenClaw gateway: a device, which is an Ed25519 key.

A gateway gives no scope to a client on another host that names no device. A new device has to be
approved once on the gateway's own host (``openclaw devices approve``); after that the gateway
knows its key.

Reference: OpenClaw 2026.9.6, gateway protocol 4; the signed text and the refusals were run against
a real gateway.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from agentwarrant.errors import ConfigError, MissingExtra

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

_LENGTH = 32


class Device:
    """An identity.

    Attributes:
        id: Hexadecimal SHA-256 of the public key.
        public: The public key, 32 bytes.
    """

    def __init__(self, key: Ed25519PrivateKey) -> None:
        self._key = key
        self.public = key.public_key().public_bytes_raw()
        self.id = hashlib.sha256(self.public).hexdigest()

    @classmethod
    def of(cls, text: str, where: str) -> Device:
        """Return the device of a key: 32 random bytes in base64, as ``secrets`` hold it.

        Args:
            text: The key.
            where: What to name when it is none; the key is never quoted.

        Raises:
            ConfigError: It is no such key.
            MissingExtra: The library for signatures is not installed.
        """
        try:
            from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
        except ModuleNotFoundError:
            what, mend = "a device identity needs more", "pip install 'agentwarrant[respond]'"
            raise MissingExtra(what, where=where, mend=mend) from None
        try:
            raw = base64.b64decode(text, validate=True)
        except (binascii.Error, ValueError):
            raw = b""
        if len(raw) != _LENGTH:
            mend = "32 random bytes in base64: head -c 32 /dev/urandom | base64"
            raise ConfigError("device_key is no key", where=where, mend=mend)
        return cls(Ed25519PrivateKey.from_private_bytes(raw))

    def proof(
        self,
        challenge: Mapping[str, Any],
        client: Mapping[str, str],
        role: str,
        scopes: Sequence[str],
        token: str,
    ) -> dict[str, Any]:
        """Return what stands under ``device`` of a handshake: who we are, signed.

        Args:
            challenge: Payload of the gateway's first frame; its time is signed, not ours.
            client, role, scopes: As they stand in the same handshake.
            token: The token that is sent in ``auth``.
        """
        signed = signed_text(self.id, client, role, scopes, token, challenge)
        return {
            "id": self.id,
            "publicKey": _base64(self.public),
            "signature": _base64(self._key.sign(signed.encode())),
            "signedAt": challenge.get("ts"),
            "nonce": challenge.get("nonce"),
        }


def signed_text(
    device: str,
    client: Mapping[str, str],
    role: str,
    scopes: Sequence[str],
    token: str,
    challenge: Mapping[str, Any],
) -> str:
    """Return what a device signs (version 3): fields joined by bars, the last one empty."""
    parts = (
        "v3",
        device,
        client["id"],
        client["mode"],
        role,
        ",".join(scopes),
        str(challenge.get("ts")),
        token,
        str(challenge.get("nonce")),
        client["platform"].lower(),
        "",  # the device's family: we name none
    )
    return "|".join(parts)


def _base64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
