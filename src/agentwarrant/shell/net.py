"""Reads programs that connect: web clients, copies, sockets, git, package managers, mail."""

from __future__ import annotations

import re

from agentwarrant import paths
from agentwarrant.network import parse_url, urls_in
from agentwarrant.shell.command import Command, ssh_words
from agentwarrant.shell.facts import (
    EXPANDED,
    Handler,
    ShellFacts,
    address,
    after_values,
    files_of,
    holds_secrets,
    words_in,
)
from agentwarrant.shell.options import CLIENT_OF, CLIENTS, HTTPIE, options_of

_METHODS = frozenset({"POST", "PUT", "PATCH", "DELETE"})
_TARGETS = frozenset({"", "--url", "-uri"})
_METHOD_OPTIONS = frozenset({"-X", "--request", "--method", "-method"})
_ITEM = re.compile(r"[^\s:=@/]{1,128}(?::=@?|=(?!=)@?|@)")  # httpie: name=value, name:=1, name@file


def _http_client(command: Command, facts: ShellFacts) -> None:
    """Read curl, wget, httpie and PowerShell's web request."""
    facts.connects = True
    client = CLIENT_OF[command.program]
    options = list(options_of(command))
    targets = [value for name, value in options if name in _TARGETS]
    method = next((value.upper() for name, value in options if name in _METHOD_OPTIONS), "")
    data = [value for name, value in options if name in client.data]
    if client is HTTPIE:
        if targets and targets[0].isalpha() and len(targets) > 1:
            method, targets = targets[0].upper(), targets[1:]
        data += [item for item in targets[1:] if _ITEM.match(item)]
        targets = targets[:1]
    for url in filter(None, map(parse_url, targets)):
        facts.urls.append(url)
        facts.leaves.append(url.query)
    facts.leaves += data
    reads = any(name in ("-G", "--get") for name, _ in options)
    made = [value for _, value in options if _MADE.search(value)]
    leaks = any(map(paths.is_credential, (*data, *made))) or bool(_DUMPED.search(" ".join(made)))
    facts.secret = facts.secret or leaks
    if method in _METHODS or (data and not reads) or leaks:
        facts.send()


_MADE = re.compile(r"\$\(|`|^\(")
"""A word that another command makes."""
_DUMPED = re.compile(r"(?:\$\(|`)\s*(?:env|printenv|set|export -p)\s*(?:[|)`]|$)")


def copy_out(command: Command, facts: ShellFacts) -> None:
    """Read scp, rsync, sftp, ftp, cloud storage copies."""
    names = files_of(command)
    facts.touched += names
    target = names[-1] if names else ""
    remote = bool(
        re.match(r"^(?:[\w.-]+@)?[\w.-]{2,}:(?!\\)|^(?:s3|gs|az|rsync|https?)://", target)
    )
    facts.connects = True
    if remote or command.program in ("sftp", "ftp", "rclone"):
        facts.send()
        host = re.sub(r"^(?:[\w.-]+@)", "", target).split(":", 1)[0]
        url = parse_url(target if "://" in target else host)
        facts.urls += [url] if url else []
    if any(holds_secrets(name) for name in names):
        facts.secret = True


_ENDPOINT = re.compile(r"^(?:\w{2,12}:)?([\w.-]{2,255}|\[[\da-fA-F:]+\])(?::(\d{1,5}))?(?:,.*)?$")


def _socket(command: Command, facts: ShellFacts) -> None:
    """Read nc, ncat, socat, telnet and ``openssl s_client``."""
    facts.connects = True
    names = [name for name in files_of(command) if "/" not in name]
    port = next((name for name in names if name.isdigit()), "")
    for found in filter(None, map(_ENDPOINT.match, names)):
        if address(facts, found[1], found[2] or port):
            break
    if _is_fed(command) or _HANDS_OVER.search(f" {command.text}"):
        facts.send()


def _is_fed(command: Command) -> bool:
    """Does it get input that says anything? ``echo | openssl s_client`` only ends a connection."""
    told = bool(command.given) and len(command.given.strip()) < 2
    return bool(set(command.reads) - {"/dev/null"}) or (command.piped and not told)


_HANDS_OVER = re.compile(r" -(?:e|c|-exec|-sh-exec|-lua-exec)\b|\b(?:EXEC|SYSTEM):", re.IGNORECASE)
"""A program is connected to the other end."""


def _ssh(command: Command, facts: ShellFacts) -> None:
    facts.connects = True
    host = next(iter(ssh_words(command.args)), "")
    address(facts, host.rsplit("@", 1)[-1])
    if _is_fed(command):
        facts.send()


def _openssl(command: Command, facts: ShellFacts) -> None:
    if command.args[:1] == ["s_client"]:
        _socket(command, facts)
    elif any(map(paths.is_credential, command.args)):
        facts.secret = True


def _lookup(command: Command, facts: ShellFacts) -> str:
    """A name partly made of something else carries that to whoever answers for the domain."""
    secret = _SECRET_NAME.search(command.text) is not None
    if secret or re.search(r"[)`]\.[\w-]+\.", f"{command.text}."):
        facts.secret = facts.secret or secret
        facts.connects = True
        facts.send()
        return ""
    return "discovery"


_SECRET_NAME = re.compile(rf"{EXPANDED.pattern}[\"']?\.[\w-]+\.")


def _git(command: Command, facts: ShellFacts) -> None:
    words = list(after_values(command.args, words_in("-C -c --git-dir --work-tree --namespace")))
    verb = words[0] if words else ""
    if verb in ("push", "clone", "fetch", "pull", "ls-remote"):
        facts.connects = True
        facts.urls += [url for url in urls_in(command.text) if url.host]
    if verb == "push":
        facts.sends = True
        forced = any(a in ("-f", "--force", "--mirror", "-d", "--delete") for a in command.args)
        forced = forced or any(re.match(r"[+:][\w/]", word) for word in words[2:])
        facts.be("destructive" if forced else "egress")
    elif verb == "config" and re.search(
        r"hookspath|sshcommand|credential\.|fsmonitor|\.(?:textconv|smudge|clean)\b",
        command.text.lower(),
    ):
        facts.be("config_change")


def _publish(command: Command, facts: ShellFacts) -> None:
    """Read package managers, which publish, and run what they install."""
    verbs = files_of(command)[:2]
    if "publish" in verbs or "upload" in verbs or command.program == "twine":
        facts.send()
    elif not _INSTALLS.isdisjoint(command.args[:3]):
        for url in urls_in(command.text):
            if url.kind != "private" and not _REGISTRIES.search(url.host):
                facts.urls.append(url)
                facts.runs_download = True
        _from_elsewhere(files_of(command), facts)


_FORGE = re.compile(
    r"(?:[@\w./-]{1,64}@)?(?:github|gitlab|bitbucket|gist):([\w.-]{1,64}/[\w.-]{1,100})(?:#.*)?"
)
_GIT_URL = re.compile(
    r"(?:[\w.-]{1,64} ?@ ?)?git(?:\+\w{2,5})?(?:://|@)(?:\w+@)?([\w.-]{2,255})[:/].*"
)
_MODULE = re.compile(r"((?!golang\.org|google\.golang\.org)[\w-]+(?:\.[\w-]+)+)/\S+@\S+")


def _from_elsewhere(words: list[str], facts: ShellFacts, *, modules: bool = False) -> None:
    """Note code that is installed or run straight from somebody's repository."""
    for word in words:
        host = ""
        if modules:
            found = _MODULE.fullmatch(word)
            host = found[1] if found else ""
        elif _FORGE.fullmatch(word):
            host = "github.com"
        elif git := _GIT_URL.fullmatch(word):
            host = git[1]
        url = parse_url(host) if host else None
        if url and url.kind != "private":
            facts.runs_download = facts.connects = True
            if all(known.host != url.host for known in facts.urls):
                facts.urls.append(url)


def run_from_elsewhere(words: list[str], facts: ShellFacts) -> None:
    """Note programs that are fetched from an address and run at once."""
    before, facts.runs_download = facts.runs_download, False
    for url in urls_in(" ".join(words)):
        if url.kind != "private" and not _REGISTRIES.search(url.host):
            facts.urls.append(url)
            facts.runs_download = facts.connects = True
    _from_elsewhere(words, facts)
    if facts.runs_download:
        facts.acts.add("download_execute")
    facts.runs_download = facts.runs_download or before


def _runner(command: Command, facts: ShellFacts) -> None:
    """Read uvx and its like, which run what they fetch."""
    run_from_elsewhere(command.args[:4], facts)


def _go(command: Command, facts: ShellFacts) -> None:
    if command.args[:1] in (["install"], ["run"], ["get"]):
        _from_elsewhere(files_of(command), facts, modules=True)


_INSTALLS = frozenset({"install", "add", "i", "sync", "download"})
_REGISTRIES = re.compile(
    r"(?:^|\.)(?:pypi\.org|pythonhosted\.org|npmjs\.(?:org|com)|crates\.io|rubygems\.org|pytorch\.org"
    r"|yarnpkg\.com)$"
)
"""The indexes everybody uses; code from anywhere else runs because a command line says so."""


def _gh(command: Command, facts: ShellFacts) -> str:
    words = files_of(command)
    pair = " ".join(words[:2])
    if pair == "auth token" or "--show-token" in command.args:
        facts.secret = True
    if pair in ("gist create", "release upload", "repo create"):
        facts.send()
        facts.secret = facts.secret or any(map(paths.is_credential, words))
    elif words[:1] == ["api"]:
        _gh_api(command, facts)
    elif words[1:2] in (["list"], ["view"], ["status"], ["diff"], ["checks"]):
        return "discovery"
    elif words[:1] in (["issue"], ["pr"]) and words[1:2] in (["create"], ["comment"]):
        facts.be("message")
    elif words[:1] in (["secret"], ["ssh-key"]) or pair == "repo edit":
        facts.be("privilege")
    elif words[1:2] == ["delete"]:
        facts.be("destructive")
    return ""


def _gh_api(command: Command, facts: ShellFacts) -> None:
    options = list(options_of(command))
    method = next((v.upper() for name, v in options if name in ("-X", "--method")), "")
    fields = any(name in ("-f", "-F", "--field", "--raw-field", "--input") for name, _ in options)
    query = "graphql" in command.args and "mutation" not in command.text
    if method == "DELETE":
        facts.be("destructive")
    elif method in _METHODS or (fields and not method and not query):
        facts.connects = True
        facts.send()


def _mailer(command: Command, facts: ShellFacts) -> None:
    facts.sends = True
    facts.be("message")


HANDLERS: dict[str, Handler] = {
    **dict.fromkeys(CLIENTS, _http_client),
    **dict.fromkeys(words_in("scp rsync sftp ftp rclone gsutil azcopy"), copy_out),
    **dict.fromkeys(words_in("nc ncat netcat socat telnet"), _socket),
    **dict.fromkeys(words_in("npm pnpm yarn bun pip pip3 cargo gem twine poetry uv"), _publish),
    **dict.fromkeys(words_in("dig drill nslookup host ping"), _lookup),
    **dict.fromkeys(words_in("mail mailx sendmail mutt swaks"), _mailer),
    **dict.fromkeys(words_in("bunx uvx pipx"), _runner),
    "gh": _gh,
    "go": _go,
    "git": _git,
    "openssl": _openssl,
    "ssh": _ssh,
}
"""Who reads which program."""
