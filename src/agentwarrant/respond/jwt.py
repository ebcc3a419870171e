"""Signed assertions (RFC 7519, RFC 7523): how an app proves to a vendor who it is with its own key.

A secret is one line of text, so a private key stands there as a JSON Web Key (RFC 7517) on one
line, or as PEM with its line ends taken out.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from agentwarrant.errors import ConfigError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

    PrivateKey = RSAPrivateKey | EllipticCurvePrivateKey

_ARMOUR = re.compile(r"-----[A-Z0-9 ]+-----|\\n|\s")
_MEND = "a JSON Web Key on one line, or PEM without its line ends; RSA, or EC on P-256"
_EC_SIZE = 32
_UNREADABLE = (ValueError, TypeError, KeyError, AttributeError, ArithmeticError)


def signed(claims: Mapping[str, Any], key: str, *, kid: str = "") -> str:
    """Return a JSON Web Token of some claims, signed with RS256 or ES256, as the key is.

    Args:
        claims: As they go in; times in seconds since 1970.
        key: A private key as a secret holds it; see the module.
        kid: Which of its keys the vendor shall look for; empty: what the key itself says.

    Raises:
        ConfigError: It is no such key. Nothing of it is quoted.
    """
    from cryptography.exceptions import UnsupportedAlgorithm

    try:
        private, own = _loaded(key)
        algorithm, seal = _seal_of(private)
    except (*_UNREADABLE, UnsupportedAlgorithm):  # their texts may quote the key
        raise ConfigError("the private key cannot be read", mend=_MEND) from None
    name = kid or own
    head = {"alg": algorithm, "typ": "JWT", **({"kid": name} if name else {})}
    body = ".".join(_encoded(json.dumps(part).encode()) for part in (head, dict(claims)))
    return f"{body}.{_encoded(seal(body.encode()))}"


def _loaded(text: str) -> tuple[PrivateKey, str]:
    from cryptography.hazmat.primitives.asymmetric import ec, rsa
    from cryptography.hazmat.primitives.serialization import load_der_private_key

    if text.lstrip().startswith("{"):
        return _of_jwk(json.loads(text))
    found = load_der_private_key(base64.b64decode(_ARMOUR.sub("", text), validate=True), None)
    if not isinstance(found, (rsa.RSAPrivateKey, ec.EllipticCurvePrivateKey)):
        raise ValueError("neither RSA nor EC")
    return found, ""


def _of_jwk(jwk: Mapping[str, Any]) -> tuple[PrivateKey, str]:
    from cryptography.hazmat.primitives.asymmetric import ec, rsa

    number = {name: _number(jwk[name]) for name in ("n", "e", "d", "p", "q", "x", "y") & jwk.keys()}
    kid = str(jwk.get("kid") or "")
    if jwk.get("kty") == "EC":
        if jwk.get("crv") != "P-256":
            raise ValueError("another curve")
        point = ec.EllipticCurvePublicNumbers(number["x"], number["y"], ec.SECP256R1())
        return ec.EllipticCurvePrivateNumbers(number["d"], point).private_key(), kid
    n, e, d = number["n"], number["e"], number["d"]
    p, q = (number["p"], number["q"]) if "p" in number else rsa.rsa_recover_prime_factors(n, e, d)
    parts = (rsa.rsa_crt_dmp1(d, p), rsa.rsa_crt_dmq1(d, q), rsa.rsa_crt_iqmp(p, q))
    whole = rsa.RSAPrivateNumbers(p, q, d, *parts, rsa.RSAPublicNumbers(e, n))
    return whole.private_key(), kid


def _seal_of(key: PrivateKey) -> tuple[str, Any]:
    from cryptography.hazmat.primitives.asymmetric import ec, padding, utils
    from cryptography.hazmat.primitives.hashes import SHA256

    if isinstance(key, ec.EllipticCurvePrivateKey):
        if key.curve.name != "secp256r1":
            raise ValueError("another curve")

        def by_curve(data: bytes) -> bytes:
            r, s = utils.decode_dss_signature(key.sign(data, ec.ECDSA(SHA256())))
            return r.to_bytes(_EC_SIZE, "big") + s.to_bytes(_EC_SIZE, "big")  # RFC 7518, 3.4

        return "ES256", by_curve
    return "RS256", lambda data: key.sign(data, padding.PKCS1v15(), SHA256())


def _number(text: str) -> int:
    return int.from_bytes(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)), "big")


def _encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
