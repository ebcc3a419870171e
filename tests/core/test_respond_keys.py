"""Keys of approvers: made for the owner alone, read with care, and no two messages alike."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from hypothesis import given
from hypothesis import strategies as st

from agentwarrant.errors import ConfigError, PathNotFound, UsageError
from agentwarrant.respond.people.keys import is_signed, new_key, public_text, read_key, sign


def never() -> str:
    raise AssertionError("nobody should be asked")


def test_a_new_key_is_for_its_owner_alone_and_prints_what_the_configuration_needs(
    tmp_path: Path,
) -> None:
    public = new_key(tmp_path / "anna.pem")
    key = read_key(tmp_path / "anna.pem", never)
    assert stat.S_IMODE((tmp_path / "anna.pem").stat().st_mode) == 0o600
    assert public == public_text(key.public_key())
    assert public.startswith("ed25519:")
    assert is_signed(public, b"yes", sign(key, b"yes"))


def test_a_sealed_key_opens_with_its_passphrase_alone(tmp_path: Path) -> None:
    public = new_key(tmp_path / "anna.pem", "correct horse")
    assert b"ENCRYPTED" in (tmp_path / "anna.pem").read_bytes()
    key = read_key(tmp_path / "anna.pem", lambda: "correct horse")
    assert public_text(key.public_key()) == public
    for wrong in ("", "battery staple"):
        with pytest.raises(UsageError, match="the passphrase is another") as caught:
            read_key(tmp_path / "anna.pem", lambda: wrong)  # noqa: B023  # called at once
        assert "PRIVATE" not in str(caught.value)


def test_a_key_is_never_overwritten(tmp_path: Path) -> None:
    new_key(tmp_path / "anna.pem")
    before = (tmp_path / "anna.pem").read_bytes()
    with pytest.raises(UsageError, match="never overwritten"):
        new_key(tmp_path / "anna.pem")
    assert (tmp_path / "anna.pem").read_bytes() == before


@pytest.mark.skipif(os.name != "posix", reason="modes of files are those of POSIX")
def test_a_key_that_others_can_read_is_refused(tmp_path: Path) -> None:
    new_key(tmp_path / "anna.pem")
    (tmp_path / "anna.pem").chmod(0o640)
    with pytest.raises(UsageError, match="chmod 600"):
        read_key(tmp_path / "anna.pem", never)


def test_what_is_no_key_is_said_in_one_line_without_its_text(tmp_path: Path) -> None:
    other = generate_private_key(SECP256R1()).private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
    )
    for text in (b"", b"a secret of somebody", other):
        path = tmp_path / "what.pem"
        path.write_bytes(text)
        path.chmod(0o600)
        with pytest.raises(UsageError) as caught:
            read_key(path, never)
        assert "somebody" not in str(caught.value)
        assert "\n" not in str(caught.value)
    with pytest.raises(PathNotFound, match="keygen"):
        read_key(tmp_path / "none.pem", never)


@given(st.binary(max_size=200), st.binary(max_size=200))
def test_a_signature_is_of_one_message(one: bytes, other: bytes) -> None:
    from tests.respond_made import KEYS

    key = KEYS["anna"]
    public = public_text(key.public_key())
    assert is_signed(public, one, sign(key, one))
    assert is_signed(public, other, sign(key, one)) is (one == other)


@pytest.mark.parametrize("text", ["", "ed25519:", "ed25519:AAAA", "rsa:" + "A" * 43 + "=", "x"])
def test_what_is_no_public_key_is_a_fault_of_the_configuration(text: str) -> None:
    with pytest.raises(ConfigError, match="keygen"):
        is_signed(text, b"", "", "anna")
