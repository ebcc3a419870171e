"""A real Claude Code in a session of its own.

It sees an ``/etc`` of its own (a mount namespace with an overlay), so that its managed settings are
nobody else's: nothing of the host's ``/etc`` is changed.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from tests.simulators.claude_code_model import Model

VARIABLE = "AGENTWARRANT_CLAUDE_CODE"
_OVERLAY = 'mount -t overlay overlay -o "lowerdir=/etc,upperdir=$1,workdir=$2" /etc && shift 2'
_QUIET = ("DISABLE_TELEMETRY", "DISABLE_ERROR_REPORTING", "DISABLE_AUTOUPDATER",
          "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC")  # fmt: skip


class Session:
    """A Claude Code that runs and waits for messages."""

    def __init__(self, process: subprocess.Popen[str], model: Model) -> None:
        self._process = process
        self._model = model
        self._number = 0

    @property
    def settings(self) -> Path:
        """Where its managed settings are, as seen from outside of its namespace."""
        return Path(f"/proc/{self._process.pid}/root/etc/claude-code/managed-settings.json")

    def runs(self) -> bool:
        """Have the model run a command and return whether it ran."""
        self._number += 1
        name = f"n{self._number}"
        content = {"role": "user", "content": f"RUN {name}"}
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps({"type": "user", "message": content}) + "\n")
        self._process.stdin.flush()
        for line in self._process.stdout:
            if json.loads(line).get("type") == "result":
                break
        return bool((self._model.ran / name).exists())

    def until(self, runs: bool, seconds: float = 60.0) -> bool:
        """Ask until commands run, or run no more; return whether it came to that in time."""
        end = time.monotonic() + seconds
        while self.runs() is not runs:
            if time.monotonic() > end:
                return False
            time.sleep(0.5)  # nothing tells when it has read its settings again
        return True


def executable() -> str:
    """Return Claude Code's program; skip the test where there is none."""
    found = os.environ.get(VARIABLE) or shutil.which("claude")
    if not found:
        pytest.skip(f"no Claude Code: neither {VARIABLE} nor a program called claude")
    return found


@contextmanager
def session(folder: Path, model: Model, url: str, *more: str) -> Iterator[Session]:
    """Run Claude Code in a namespace of its own; skip the test where there can be none."""
    program = executable()
    upper, work, home = (folder / name for name in ("upper", "work", "home"))
    for one in (upper / "claude-code", work, home):
        one.mkdir(parents=True, exist_ok=True)
    inside = ["unshare", "--mount", "sh", "-c", f'{_OVERLAY} && exec "$@"', "sh"]
    inside += [str(upper), str(work)]
    try:
        probe = subprocess.run([*inside, "true"], capture_output=True, text=True)
    except OSError as error:
        pytest.skip(f"no mount namespace of its own: {error}")
    if probe.returncode:
        pytest.skip(f"no /etc of its own: {probe.stderr.strip()[-200:]}")
    own = {"PATH": os.environ["PATH"], "HOME": str(home), "ANTHROPIC_BASE_URL": url,
           "ANTHROPIC_API_KEY": "sk-ant-none", **dict.fromkeys(_QUIET, "1")}  # fmt: skip
    flags = ["-p", "--input-format", "stream-json", "--output-format", "stream-json", "--verbose"]
    with (folder / "claude.log").open("wb") as errors:
        process = subprocess.Popen(
            [*inside, program, *flags, "--allowedTools", "Bash", *more],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            env=own,
            cwd=home,
        )
    try:
        yield Session(process, model)
    finally:
        process.kill()
        process.communicate()
