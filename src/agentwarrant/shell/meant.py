"""Programs that a command does not write out: ``$X``, ``$(which rm)``, ``/bin/r?``, ``r$@m``.

A variable or a glob is read as the programs that it can stand for; that it may be another one is
told.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from fnmatch import fnmatchcase

from agentwarrant.shell.command import Command, base_of
from agentwarrant.shell.names import VARIABLE, Names
from agentwarrant.shell.wrappers import unwrapped

_MOST = 6
_MOST_NESTED = 4
_LONGEST = 64
ODD = re.compile(r"[$`*?\[]")
"""Without any of these a word of a command line is the name of the program itself."""
_UNTOLD = re.compile(r"\$(?:\w+|[@*#?!$-]|\{[^{}]*\})|\$\([^()]*\)|`[^`]*`|\$")
_POSITION = re.compile(r"\$(?:[1-9@*]|\{(?:[1-9]\d?|[@*])[^{}]*\})")
_SYSTEM = tuple(
    "/bin /sbin /usr/bin /usr/sbin /usr/local/bin /usr/local/sbin /opt/homebrew/bin /snap/bin "
    "/system/bin".split()
)
PROGRAMS = frozenset(
    ". adduser aptos aria2c at auditctl awk aws az azcopy bao base64 bash batch bitcoin-cli bun "
    "bunx bw cargo cast cat chattr chmod chown cipher cp crontab curl dash dd del deno dig docker "
    "doctl drill dropdb ed eksctl electrum env erase ethermint find firewall-cmd flyctl format "
    "ftp gcloud gem geth gh git go gpasswd gpg gpg2 gsutil hcloud helm heroku host http https "
    "ibmcloud install invoke-restmethod invoke-webrequest ip6tables iptables irm iwr kill "
    "killall kubectl launchctl ln lncli mail mailx mariadb mkfs mkfs.ext4 monero-wallet-cli "
    "mongosh mount mutt mv mysql nc ncat near net netcat netsh new-netfirewallrule nft node npm "
    "npx nslookup oc oci op openssl openstack osascript pass passwd perl pfctl php ping pip "
    "pip3 pipx pkill pnpm podman poetry powershell printenv psql pulumi pwsh python python3 "
    "rclone rd reg remove-item remove-netfirewallrule ri rm rmdir rsync ruby sc schtasks scp "
    "secret-tool security sed sendmail service set-netfirewallprofile set-netfirewallrule "
    "setcap setenforce setfacl sftp sh shred socat solana source spl-token sqlcmd sqlite3 ssh "
    "su sudo sui swaks systemctl tar tee telnet terraform terragrunt tofu truncate twine ufw "
    "unlink useradd usermod uv uvx vault visudo wget wipefs xargs xh yarn zsh".split()
)
"""What a glob or a half name may stand for: programs that change, send or run something."""
_USUAL = {
    **dict.fromkeys(("shell", "bash", "0", "comspec"), "sh"),
    **dict.fromkeys(("editor", "visual"), "vi"),
    **dict.fromkeys(("py", "python_bin", "pythonbin", "python_exe", "venv_python"), "python"),
    **{name: name for name in "pager browser cc cxx cpp ld ar make cmake java sudo doas".split()},
}
"""Variables whose names say by custom what program they hold."""


def meant(command: Command, made: str, names: Names, *, alone: bool) -> tuple[list[Command], bool]:
    """Return what a command may be, and whether it may be something else.

    Args:
        command: As it is written; in its path is a sign of ``ODD``.
        made: What the commands inside its words put out.
        names: What the command line named before.
        alone: It is no code of another command. What ``eval $(…)`` runs is that command's matter.
    """
    path, args = command.path, command.args
    if path == "$":  # a prompt that was copied
        return [command], False
    whole = path.startswith(("$(", "`")) and path.endswith((")", "`"))
    told = (names.value(path) or (made if whole else "")).split()
    if told:
        return [_as(command, [*told, *args], told[0])], False
    if whole and not args:
        return [command], alone
    programs, unknown = _programs(path)
    found = [_as(command, [*words, *args], path) for words in programs]
    if path[0] == "$" and not found and args and base_of(args[0]) in PROGRAMS:
        found = [command, _as(command, args, path)]  # a variable that holds nothing is no word
    return found or [command], unknown


def _as(command: Command, words: list[str], path: str) -> Command:
    args, elevated, _, _ = unwrapped(words)
    program, *rest = args or words
    elevated = elevated or command.elevated
    return replace(command, program=base_of(program), args=rest, elevated=elevated, path=path)


def _programs(path: str) -> tuple[list[list[str]], bool]:
    """Return the programs that a path may stand for, and whether more than these."""
    match = VARIABLE.fullmatch(path)
    if match:
        name = (match[1] or match[2]).lower()
        usual = name if name in PROGRAMS else _USUAL.get(name, "")
        if match[3] or usual:
            return [[match[3] or usual]], False
    if _POSITION.fullmatch(path):
        return [], False  # of a function: a call fills it in
    pattern = path
    for _ in range(_MOST_NESTED if "$" in path or "`" in path else 0):
        pattern = _UNTOLD.sub("*", pattern)
    folder, _, base = pattern.rpartition("/")
    if not ODD.search(base):
        return [], False
    if len(base) > _LONGEST:
        return [], True
    own = bool(folder) and not any(fnmatchcase(one, folder) for one in _SYSTEM)
    written = "".join(_letters(base))
    if written in PROGRAMS:
        return [[written]], False
    if own:
        return [], False  # a program of its own folder is unknown by its whole name as well
    if not written:
        return [], pattern != "*" or path != pattern  # the first field of a crontab
    last = base.rpartition("*")[2]
    found = [last] if last in PROGRAMS else sorted(p for p in PROGRAMS if fnmatchcase(p, base))
    return [[one] for one in found] if len(found) <= _MOST else [], bool(found)


def _letters(pattern: str) -> Iterator[str]:
    return (sign for sign in re.sub(r"\[[^\]]*\]", "", pattern) if sign not in "*?")
