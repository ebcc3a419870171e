"""Assertions that vendors take are signed as the standard says, and no key is ever quoted."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa, utils
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from hypothesis import given
from hypothesis import strategies as st

from agentwarrant.errors import ConfigError
from agentwarrant.respond.jwt import signed

RSA = rsa.generate_private_key(65537, 2048)
EC = ec.generate_private_key(ec.SECP256R1())
FORMATS = {"pkcs8": PrivateFormat.PKCS8, "pkcs1": PrivateFormat.TraditionalOpenSSL}


def pem(key: Any, kind: PrivateFormat = PrivateFormat.PKCS8) -> str:
    return str(key.private_bytes(Encoding.PEM, kind, NoEncryption()), "ascii")


def part(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def number(value: int) -> str:
    data = value.to_bytes((value.bit_length() + 7) // 8, "big")
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def read(token: str) -> tuple[Any, Any]:
    """Return head and claims of a token whose signature is right."""
    head, claims, seal = token.split(".")
    data = f"{head}.{claims}".encode()
    if json.loads(part(head))["alg"] == "RS256":
        RSA.public_key().verify(part(seal), data, padding.PKCS1v15(), SHA256())
    else:
        raw = part(seal)
        r, s = (int.from_bytes(half, "big") for half in (raw[:32], raw[32:]))
        EC.public_key().verify(utils.encode_dss_signature(r, s), data, ec.ECDSA(SHA256()))
    return json.loads(part(head)), json.loads(part(claims))


@pytest.mark.parametrize("kind", FORMATS)
@pytest.mark.parametrize("ends", ["", " ", "\\n"])
def test_pem_without_its_line_ends_is_a_key(kind: str, ends: str) -> None:
    text = pem(RSA, FORMATS[kind]).replace("\n", ends)
    head, claims = read(signed({"iss": "app"}, text, kid="k1"))
    assert head == {"alg": "RS256", "typ": "JWT", "kid": "k1"}
    assert claims == {"iss": "app"}


@pytest.mark.parametrize("primes", [True, False])
def test_a_json_web_key_is_a_key_and_says_its_name(primes: bool) -> None:
    own = RSA.private_numbers()
    public = own.public_numbers
    jwk = {"kty": "RSA", "kid": "k2", "n": public.n, "e": public.e, "d": own.d}
    jwk |= {"p": own.p, "q": own.q} if primes else {}
    text = json.dumps({k: number(v) if isinstance(v, int) else v for k, v in jwk.items()})
    assert read(signed({}, text))[0]["kid"] == "k2"


def test_an_ec_key_signs_with_es256() -> None:
    own = EC.private_numbers()
    point = own.public_numbers
    jwk = {"kty": "EC", "crv": "P-256", "x": number(point.x), "y": number(point.y)}
    for text in (pem(EC).replace("\n", ""), json.dumps(jwk | {"d": number(own.private_value)})):
        assert read(signed({"a": 1}, text))[0] == {"alg": "ES256", "typ": "JWT"}


@given(st.text(max_size=200) | st.dictionaries(st.text(), st.text()).map(json.dumps))
def test_what_is_no_key_is_refused_without_quoting_it(text: str) -> None:
    with pytest.raises(ConfigError) as caught:
        signed({}, text)
    assert caught.value.what == "the private key cannot be read"
    assert caught.value.__cause__ is None


def test_a_key_of_another_kind_is_refused() -> None:
    for key in (ed25519.Ed25519PrivateKey.generate(), ec.generate_private_key(ec.SECP384R1())):
        with pytest.raises(ConfigError):
            signed({}, pem(key).replace("\n", ""))
