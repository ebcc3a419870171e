"""What a program does besides its class, by its words and its options.

Programs and words stand in ``schemas/acts.json``; what only options or values tell is here.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any, NamedTuple

from agentwarrant.acts import agents
from agentwarrant.runtimes import runs_scripts, runtimes
from agentwarrant.shell import parsing
from agentwarrant.shell.command import Command, ssh_words
from agentwarrant.shell.facts import after_values, words_in
from agentwarrant.shell.host import stops_a_guard

_FIRST_WORDS = 6
_PHRASE = 5
_NESTED = 8
_VALUES = words_in(
    "-C -c --git-dir --work-tree --registry --profile --region --namespace -n --context "
    "--kubeconfig "
    "--project --subscription --resource-group --output --config --prefix --cwd --dir --workspace "
    "--filter --endpoint-url --host -H --hostname --scope --tag --access --zone --account"
)


class _Row(NamedTuple):
    act: str
    starts: int
    phrases: frozenset[str]
    firsts: frozenset[str]


@cache
def _table() -> dict[str, tuple[_Row, ...]]:
    found: dict[str, tuple[_Row, ...]] = {}
    for row in _loaded()["commands"]:
        starts = _FIRST_WORDS if row.get("anywhere") else 1
        firsts = frozenset(phrase.partition(" ")[0] for phrase in row["words"])
        made = _Row(row["act"], starts, frozenset(row["words"]), firsts)
        for program in row["programs"]:
            found[program] = (*found.get(program, ()), made)
    return found


@cache
def pastes() -> tuple[str, ...]:
    """Return the hosts where anybody may put a text for everybody."""
    return tuple(_loaded()["pastes"])


@cache
def _loaded() -> Any:
    text = files("agentwarrant.schemas").joinpath("acts.json").read_text("utf-8")
    return json.loads(text)


@lru_cache(maxsize=4096)
def is_known(program: str) -> bool:
    """May a program have acts of its own? Nearly all have none."""
    name = agents.plain_name(program)
    agent = name in agents.AGENTS or name in runtimes().servers or runs_scripts(name)
    return name in _table() or name in _HANDLERS or agent


def program_acts(command: Command) -> Iterator[str]:
    """Yield the acts of one simple command, but for those of the files that it names."""
    name = agents.plain_name(command.program)
    rows, handler = _table().get(name), _HANDLERS.get(name)
    if rows:
        yield from _by_words(rows, command)
    if handler:
        yield from handler(command)
    yield from agents.of_command(name, command)


def acts_of_words(program: str, words: list[str]) -> list[str]:
    """Return the acts of a program that is given these words; a cloud's log has them as well."""
    return [row.act for row in _table().get(program, ()) if _fits(row, words)]


def _by_words(rows: tuple[_Row, ...], command: Command) -> Iterator[str]:
    words = [w.lower() for w in after_values(command.args[:48], _VALUES)]
    if command.args[:1] and command.args[0] in _TELL_OF_THEMSELVES:
        return
    for row in rows:
        if not row.phrases or _fits(row, words):
            yield row.act


_TELL_OF_THEMSELVES = words_in("--version --help -V -h")


def _fits(row: _Row, words: list[str]) -> bool:
    return any(
        word in row.firsts
        and any(" ".join(words[at : at + n]) in row.phrases for n in range(1, _PHRASE + 1))
        for at, word in enumerate(words[: row.starts])
    )


# Programs whose options tell -----------------------------------------------------------------

_HOST_ROOTS = re.compile(
    r"(?:type=bind,)?(?:(?:source|src)=)?"
    r"(?:/|//|/(?:proc|sys|dev|etc|root|boot|run|var|var/run|var/lib|var/lib/(?:docker"
    r"|kubelet))/?|[A-Za-z]:[\\/])"
    r"(?:[:,]|$)|\S{0,128}\.sock(?:[:,]|$)"
)
_WIDE = re.compile(
    r"--privileged(?:=true)?$|--(?:pid|userns|ipc)=host$"
    r"|--cap-add=?(?:ALL|(?:CAP_)?(?:SYS_ADMIN|SYS_PTRACE|SYS_MODULE|DAC_READ_SEARCH))?$"
    r"|--security-opt=(?:seccomp|apparmor)[=:]unconfined|--device=/dev/(?:sd|vd|xvd|nvme|mem|kmem)",
    re.IGNORECASE,
)
_WIDE_VALUES = re.compile(
    r"(?:host|ALL|(?:CAP_)?(?:SYS_ADMIN|SYS_PTRACE|SYS_MODULE|DAC_READ_SEARCH)"
    r"|(?:seccomp|apparmor)[=:]unconfined|/dev/(?:sd|vd|xvd|nvme|mem|kmem).{0,32})$",
    re.IGNORECASE,
)
_WIDE_OPTIONS = words_in("--pid --userns --cap-add --security-opt --device")
_MANIFEST = re.compile(
    r"[\"']?(?:privileged|hostPID|hostIPC)[\"']?\s*:\s*true"
    r"|hostPath[\"']?\s*:\s*\{?\s*[\"']?path[\"']?\s*:\s*[\"']?/(?:[\"'\s}]|$)"
)


def _container(command: Command) -> Iterator[str]:
    args = command.args[:128]
    starts = not words_in("run create exec").isdisjoint(args[:4])
    for at, arg in enumerate(args if starts else ()):
        name, equals, inline = arg.partition("=")
        value = inline if equals else args[at + 1] if at + 1 < len(args) else ""
        if name in ("-v", "--volume", "--mount") and _HOST_ROOTS.match(value):
            yield "sandbox_escape"
        if _WIDE.match(arg) and arg.lower() != "--cap-add":
            yield "sandbox_escape"
        if name in _WIDE_OPTIONS and not equals and _WIDE_VALUES.match(value):
            yield "sandbox_escape"
    if any(word in ("-H", "--host") or word.startswith("-H=") for word in args[:4]):
        yield from ("remote_access",) if "ssh://" in command.text else ()


def _cluster(command: Command) -> Iterator[str]:
    if _MANIFEST.search(f"{command.text[:8192]}\n{command.given}"):
        yield "sandbox_escape"
    if stops_a_guard(command):
        yield "guard_disable"


def _mounts(command: Command) -> Iterator[str]:
    root = re.compile(r"/dev/(?:sda|vda|xvda|nvme0n1|dm-0)\w*$|/$|cgroup2?$")
    if command.program == "mount" and any(map(root.match, command.args[:-1])):
        yield "sandbox_escape"


def _host(words: Iterable[str]) -> str:
    return next((w for w in words if not w.startswith("-")), "").lower()


_FORGES = re.compile(
    r"(?:[\w.-]{1,64}@)?(?:github\.com|gitlab\.com|bitbucket\.org|codeberg\.org"
    r"|ssh\.dev\.azure\.com"
    r"|git\.[\w.-]{1,200})(?:$|:)"
)
_HERE = re.compile(r"(?:[\w.-]{1,64}@)?(?:localhost|127\.\d+\.\d+\.\d+|::1)$")
_REMOTE_FILE = re.compile(r"(?:[\w.-]{1,64}@)?[\w.-]{2,255}:(?![\\/]{2})[^\\]?")


def _secure_shell(command: Command) -> Iterator[str]:
    host = _host(ssh_words(command.args))
    asks = not {"-V", "-Q", "-G"}.isdisjoint(command.args)
    if host and not asks and not _FORGES.match(host) and not _HERE.match(host):
        yield "remote_access"


def _copies_afar(command: Command) -> Iterator[str]:
    names = [w for w in command.args if not w.startswith("-")]
    if any(_REMOTE_FILE.match(w) and not _HERE.match(w.partition(":")[0]) for w in names) or (
        command.program == "sftp" and names
    ):
        yield "remote_access"


def _powershell_remote(command: Command) -> Iterator[str]:
    lowered = {a.lower() for a in command.args}
    if not lowered.isdisjoint(words_in("-computername -hostname -session -cn")):
        yield "remote_access"


def _netcat(command: Command) -> Iterator[str]:
    letters = "".join(a[1:] for a in command.args if re.fullmatch(r"-[A-Za-z]{1,8}\d?", a))
    ports = any(re.fullmatch(r"\d{1,5}-\d{1,5}", a) for a in command.args)
    if (
        "z" in letters and (ports or (command.args[-1:] and "$" in command.args[-1]) or ports)
    ) or ports:
        yield "scan"
    elif "z" in letters:
        yield from ("scan",) if command.text.count("$") else ()


_GROUPS = re.compile(r"-\w*G\w*$|--groups(?:=|$)|--append$")


def _accounts(command: Command) -> Iterator[str]:
    program, args = command.program, command.args
    lowered = [a.lower() for a in args]
    if program == "usermod" and any(map(_GROUPS.match, args)):
        yield "privilege_grant"
    elif program == "passwd" and not {"-l", "-S", "--status", "-u", "--lock"} & set(args):
        yield "credential_issue"
    elif program == "net" and "/add" in lowered:
        yield "credential_issue" if lowered[:1] == ["user"] else "privilege_grant"
    elif program == "dscl" and {"create", "-create", "-passwd"} & set(lowered):
        yield from ("credential_issue",) if "/users/" in " ".join(lowered) else ()
    elif (
        (program == "adduser" and len([a for a in args if not a.startswith("-")]) > 1)
        or (program == "dscl" and {"append", "-append"} & set(lowered))
        or (program == "icacls" and any(a.startswith("/grant") for a in lowered))
        or (program == "chmod" and args and re.match(r"[ugoa]*\+\w*s|[2467][0-7]{3}$", args[0]))
        or (program in ("useradd", "usermod") and any(map(_GROUPS.match, args)))
    ):
        yield "privilege_grant"


def _sql(command: Command) -> Iterator[str]:
    said = f"{command.text[:8192]} {command.given}"
    if re.search(r"\bgrant\s.{1,512}?\sto\s", said, re.IGNORECASE | re.DOTALL):
        yield "privilege_grant"
    if re.search(r"\b(?:create|alter)\s+(?:user|role|login)\s+\S", said, re.IGNORECASE):
        yield "credential_issue"


def _guards(command: Command) -> Iterator[str]:
    if stops_a_guard(command):
        yield "guard_disable"
    if command.program == "systemctl" and {"start", "restart"} & set(command.args):
        yield from ("schedule",) if any(a.endswith(".timer") for a in command.args) else ()


def _forge(command: Command) -> Iterator[str]:
    text = command.text.lower()
    if re.search(r"repo edit\b.*--visibility[= ]public|--public\b", text):
        yield "publish"
    if " api " in f"{text} " and re.search(r"\bgists\b", text) and " -" in text:
        yield "publish"
    if " api " in f"{text} " and re.search(r"-x (?:put|post)\b", text):
        if re.search(r"/collaborators/|/memberships/|/teams/[^/ ]+/repos", text):
            yield "privilege_grant"
        elif re.search(r"/keys\b|/tokens?\b|access_tokens|/installations/", text):
            yield "credential_issue"


def _cloud_public(command: Command) -> Iterator[str]:
    if re.search(r"--acl[= ]public|allusers|allauthenticatedusers", command.text.lower()):
        yield "publish"


def _git(command: Command) -> Iterator[str]:
    words = [w.lower() for w in after_values(command.args, words_in("-C --git-dir --work-tree"))]
    inline = "core.hookspath=/dev/null" in [w.lower() for w in command.args]
    if inline or (words[:1] == ["config"] and words[-2:] == ["core.hookspath", "/dev/null"]):
        yield "guard_disable"


def _installs(command: Command) -> Iterator[str]:
    """Launchers run what they fetch as a command of its own; removals may be of a guard."""
    words = command.args[:32]
    program = command.program
    if program in ("bunx", "uvx", "pipx", "npm", "pnpm", "yarn", "bun", "uv", "deno"):
        skip = 0 if program in ("bunx", "uvx") else 1
        runs = words[:1] and words[0] in ("dlx", "exec", "x", "run", "tool")
        skip += 1 if words[:2] == ["tool", "run"] else 0
        rest = [w for w in words[skip:] if not w.startswith("-")][:1] if skip == 0 or runs else []
        if rest:
            at = words.index(rest[0])
            name = rest[0].removeprefix("npm:").rsplit("/", 1)[-1].lower()
            yield from program_acts(Command(name, words[at + 1 :], path=rest[0]))
    if program.startswith("python") and words[:1] == ["-m"] and len(words) > 1:
        yield from program_acts(Command(words[1].lower(), words[2:], path=words[1]))


def _carries(command: Command) -> Iterator[str]:
    """Terminals and the like are given a command in one word, or an agent and its options."""
    for word in [a for a in command.args if " " in a][:_NESTED]:
        for inner in parsing.parse(word)[:_NESTED]:
            if inner.program not in _CARRIERS:
                yield from program_acts(inner)
    for at, word in enumerate(command.args[:32]):
        name = agents.plain_name(word.rsplit("/", 1)[-1].lower())
        if at and name in agents.AGENTS:
            yield from program_acts(Command(name, command.args[at + 1 :], path=word))


_CARRIERS = words_in(
    "tmux screen script xterm gnome-terminal konsole kitty alacritty start wt wsl open osascript "
    "expect bwrap firejail proot xvfb-run dbus-run-session pm2 forever entr concurrently at"
)
_Handler = Callable[[Command], Iterator[str]]


def _both(*handlers: _Handler) -> _Handler:
    def run(command: Command) -> Iterator[str]:
        for handler in handlers:
            yield from handler(command)

    return run


_HANDLERS: dict[str, _Handler] = {
    **dict.fromkeys(_CARRIERS, _carries),
    **dict.fromkeys(words_in("docker podman nerdctl"), _both(_container, _carries, _guards)),
    **dict.fromkeys(words_in("kubectl oc helm"), _cluster),
    **dict.fromkeys(words_in("scp sftp rsync"), _copies_afar),
    **dict.fromkeys(words_in("invoke-command icm copy-item new-cimsession"), _powershell_remote),
    **dict.fromkeys(words_in("nc ncat netcat"), _netcat),
    **dict.fromkeys(
        words_in("usermod useradd adduser passwd net net1 dscl icacls chmod"), _accounts
    ),
    **dict.fromkeys(words_in("psql mysql mariadb sqlcmd mongosh"), _sql),
    **dict.fromkeys(
        words_in(
            "systemctl service launchctl sc pkill killall kill setenforce auditctl ufw taskkill "
            "stop-service stop-process set-service set-mppreference rc-service initctl "
            "apt apt-get dnf yum rpm dpkg"
        ),
        _guards,
    ),
    **dict.fromkeys(words_in("gh glab"), _forge),
    **dict.fromkeys(words_in("aws gcloud gsutil az s3cmd"), _both(_cloud_public, _guards)),
    **dict.fromkeys(words_in("npm pnpm yarn bun bunx uvx pipx uv deno python python3"), _installs),
    "git": _git,
    "ssh": _secure_shell,
    "mount": _mounts,
}
