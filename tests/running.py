"""Runs the command line as a process of its own, without paying for its imports every time.

One process imports everything and forks for each run, so that no run sees what another left
behind. Where a run needs an interpreter of its own (its environment changes Python itself), or
where there is no ``fork``, one is started.
"""

from __future__ import annotations

import atexit
import gc
import json
import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import cache
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages

import agentwarrant

COMMAND = (sys.executable, "-W", "error", "-m", "agentwarrant")
_OF_PYTHON = ("PYTHON", "LANG", "LC_", "COVERAGE", "TZ")
_MESSAGE = 1 << 20

Done = subprocess.CompletedProcess[bytes]


def command_run(
    arguments: Sequence[str | Path],
    *,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    given: bytes = b"",
) -> Done:
    """Run ``agentwarrant`` and return how it ended and what it wrote."""
    words = [str(argument) for argument in arguments]
    environment = dict(os.environ if env is None else env)
    server = _server() if _is_plain(environment) else None
    if server is None:
        command = [*COMMAND, *words]
        return subprocess.run(command, env=environment, cwd=cwd, input=given, capture_output=True)
    with (
        tempfile.TemporaryFile() as stdin,
        tempfile.TemporaryFile() as out,
        tempfile.TemporaryFile() as err,
    ):
        stdin.write(given)
        stdin.seek(0)
        asked = {"argv": words, "env": environment, "cwd": str(cwd or Path.cwd())}
        descriptors = [stdin.fileno(), out.fileno(), err.fileno()]
        socket.send_fds(server, [json.dumps(asked).encode()], descriptors)
        code = int(server.recv(64))
        out.seek(0)
        err.seek(0)
        return Done(["agentwarrant", *words], code, out.read(), err.read())


def _is_plain(environment: Mapping[str, str]) -> bool:
    """Does an environment leave the interpreter as it is?"""
    names = {name for name in (*os.environ, *environment) if name.startswith(_OF_PYTHON)}
    return all(environment.get(name) == os.environ.get(name) for name in names)


@cache
def _server() -> socket.socket | None:
    if not hasattr(os, "fork"):
        return None
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    command = [sys.executable, "-W", "error", __file__, str(theirs.fileno())]
    process = subprocess.Popen(command, pass_fds=[theirs.fileno()], stdin=subprocess.DEVNULL)
    theirs.close()
    atexit.register(process.wait)
    atexit.register(ours.close)  # the last that is registered comes first
    return ours


def _serve(asking: socket.socket) -> None:
    """Fork for every request until nobody is there to ask."""
    from agentwarrant import cli

    _load_all()
    while True:
        said, descriptors, _, _ = socket.recv_fds(asking, _MESSAGE, 3)
        if not said:
            return
        child = os.fork()
        if child == 0:
            _become(json.loads(said), descriptors)
            _end(cli.main)
        for descriptor in descriptors:
            os.close(descriptor)
        _, status = os.waitpid(child, 0)
        asking.send(str(os.waitstatus_to_exitcode(status)).encode())


def _load_all() -> None:
    """Import what commands import only when they need it: each run would pay for it anew.

    With the grammars of formats that a validator of the tests brings along, jsonschema alone
    takes most of a second.
    """
    import_module("jsonschema")
    for found in walk_packages(agentwarrant.__path__, "agentwarrant."):
        # what runs inside Splunk sets its library's logging up as it is loaded
        if not found.name.endswith("__main__") and ".inside" not in found.name:
            with suppress(ImportError):  # what is not installed here
                import_module(found.name)
    gc.freeze()  # a child that collects would copy all of it


def _become(asked: dict[str, object], descriptors: Sequence[int]) -> None:
    for place, descriptor in enumerate(descriptors):
        os.dup2(descriptor, place)
    argv, environment = asked["argv"], asked["env"]
    assert isinstance(argv, list)
    assert isinstance(environment, dict)
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(str(asked["cwd"]))
    sys.argv = ["agentwarrant", *argv]


def _end(main: object) -> None:
    assert callable(main)
    code = 1
    try:
        main()
    except SystemExit as stop:
        code = stop.code if isinstance(stop.code, int) else 0
    except BaseException:
        sys.excepthook(*sys.exc_info())
    finally:
        for stream in (sys.stdout, sys.stderr):
            try:
                stream.flush()
            except OSError:
                code = code or 1
        os._exit(code)


if __name__ == "__main__":
    with socket.socket(fileno=int(sys.argv[1])) as server:
        _serve(server)
