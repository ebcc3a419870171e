"""Questions that nobody is there to answer say how to go on without; nothing hangs or warns."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

COMMAND = (sys.executable, "-W", "error", "-m", "agentwarrant", "respond", "keygen", "--passphrase")
"""Any warning of Python is an error."""
Done = subprocess.CompletedProcess[bytes]


def keygen(path: Path, given: bytes) -> Done:
    """Run it without a terminal; with one, a passphrase is asked there whatever is given."""
    words = [*COMMAND, str(path)]
    return subprocess.run(words, input=given, capture_output=True, start_new_session=True)


def test_a_passphrase_that_nobody_gives_is_said_in_one_line_and_no_key_is_made(
    tmp_path: Path,
) -> None:
    done = keygen(tmp_path / "anna.pem", b"")
    assert done.returncode == 130
    said = done.stderr.decode().splitlines()[-1]
    assert said.endswith("give it at a terminal, or as a line of standard input")
    assert "Warning" not in done.stderr.decode()
    assert not (tmp_path / "anna.pem").exists()


def test_a_passphrase_may_be_given_on_standard_input_and_python_warns_of_nothing(
    tmp_path: Path,
) -> None:
    done = keygen(tmp_path / "anna.pem", b"open sesame\nopen sesame\n")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(b"ed25519:")
    assert b"Warning" not in done.stderr
    assert b"ENCRYPTED" in (tmp_path / "anna.pem").read_bytes()


@pytest.mark.skipif(sys.platform == "win32", reason="a shell that closes standard input")
def test_standard_input_that_was_closed_is_said_too(tmp_path: Path) -> None:
    shell = ("sh", "-c", 'exec "$@" <&-', "sh")
    words = [*shell, *COMMAND, str(tmp_path / "anna.pem")]
    done = subprocess.run(words, capture_output=True, start_new_session=True)
    assert done.returncode == 130, done.stderr
    assert b"nobody answers" in done.stderr
    assert b"Traceback" not in done.stderr
