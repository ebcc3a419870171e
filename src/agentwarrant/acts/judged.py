"""What a tool call does besides its class (``warrant.tool.acts``), each act judged by itself.

A shell command's acts are found where it is read (``shell.py``). Here stand those of tools
that say what they do by their name, by an argument, by the file they read or write.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from itertools import islice, pairwise
from typing import NamedTuple

from agentwarrant.acts import agents, paths
from agentwarrant.acts.programs import pastes
from agentwarrant.network import Url
from agentwarrant.paths import written_class
from agentwarrant.tools.words import LIST, READ, own_words
from agentwarrant.vocabulary import TOOL_ACTS

WRITING = ("write", "config_change", "memory_write", "persistence")
"""Classes of calls that write the files they name."""

_NONE: frozenset[str] = frozenset()
_LONGEST = 16_384
_ACTION, _FILES, _TEXTS = 64, 32, 16
_RANK = {act: i for i, act in enumerate(TOOL_ACTS)}


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


def in_order(acts: Iterable[str]) -> list[str]:
    """Return acts as the vocabulary has them, each once."""
    return sorted(set(acts), key=_RANK.__getitem__)


# By the name of the tool -----------------------------------------------------------------------

_MAKES = _words(
    "create add make new generate issue mint register provision rotate reset renew regenerate"
)
_GIVES = _words(
    "grant assign attach add elevate promote authorize give invite allow escalate consent bind"
)
_ENDS = _words(
    "delete disable remove stop mute silence suppress bypass deactivate unregister detach clear "
    "purge "
    "pause turn off kill terminate"
)
_CHANGES = (
    _ENDS
    | _MAKES
    | _words(
        "set update edit change write put patch modify approve release lift enable save upsert "
        "apply restore "
        "replace append exempt revoke unquarantine whitelist allow"
    )
)
_PUBLISHES = _words("publish push upload share paste post release deploy create")
_INSTALLS = _words("install add enable load import register")
_COMBINED: tuple[tuple[str, frozenset[str], frozenset[str]], ...] = (
    ("publish", _words("publish push"), _words(
        "package packages repo repository branch branches files commits commit image release page "
        "site "
        "npm pypi crate registry gist paste git model dataset skill skills extension website")),
    ("publish", _words("create fork"), _words("gist paste pastebin repository repo release")),
    ("publish", _words("upload share"), _words("gist pastebin pypi npm registry huggingface")),
    ("package_install", _words("install add"), _words(
        "package packages dependency dependencies pip npm module modules library libraries "
        "requirement "
        "requirements apt brew cargo software")),
    ("skill_install", _INSTALLS, _words(
        "skill skills plugin plugins extension extensions addon clawhub")),
    ("deploy_agent", _words("create deploy launch provision register host add new clone duplicate"),
     _words("agent agents assistant assistants bot bots")),
    ("credential_issue", _MAKES, _words(
        "token tokens key keys apikey secret secrets credential credentials password passwords pat "
        "accesskey certificate certificates serviceaccount oauthclient login")),
    ("credential_issue", _words("create register provision new"), _words("user users")),
    ("privilege_grant", _GIVES | _words("create update set put change"), _words(
        "role roles permission permissions privilege privileges admin acl collaborator "
        "collaborators membership consent scope scopes rolebinding iam owner")),
    ("guard_disable", _ENDS, _words(
        "guardrail guardrails logging logs audit auditing monitor monitoring alert alerts "
        "sensor edr antivirus firewall hook hooks detector trail siem dlp")),
    ("quarantine_change", _CHANGES, _words(
        "quarantine quarantined allowlist allowlists whitelist denylist blocklist blacklist "
        "warrant "
        "warrants killswitch agentregistry")),
    ("scan", _words("scan sweep enumerate probe fuzz bruteforce"), _words(
        "port ports host hosts network networks subnet ip ips service services vulnerability "
        "vulnerabilities target targets domain domains directory directories smb")),
    ("remote_access", _words("ssh rdp winrm vnc telnet psexec wmiexec"), _words(
        "exec execute run command connect session open shell start login")),
    ("remote_access", _words("remote"), _words("shell session desktop exec execute command login")),
    ("wallet_read", _words("get read export show reveal dump backup list find extract"), _words(
        "mnemonic seedphrase keystore")),
)  # fmt: skip
_ALONE = {
    "nmap": "scan", "masscan": "scan", "rustscan": "scan", "nuclei": "scan", "gobuster": "scan",
    "ffuf": "scan", "sqlmap": "scan", "portscan": "scan", "ssh": "remote_access",
    "rdp": "remote_access",
    "winrm": "remote_access", "psexec": "remote_access", "unquarantine": "quarantine_change",
}  # fmt: skip
_JOINED = {
    ("allow", "list"): "allowlist", ("white", "list"): "whitelist", ("deny", "list"): "denylist",
    ("block", "list"): "blocklist", ("kill", "switch"): "killswitch",
    ("seed", "phrase"): "seedphrase",
    ("access", "key"): "accesskey", ("api", "key"): "apikey", ("api", "keys"): "apikey",
    ("service", "account"): "serviceaccount", ("agent", "registry"): "agentregistry",
    ("port", "scan"): "portscan", ("role", "binding"): "rolebinding",
    ("recovery", "phrase"): "seedphrase",
}  # fmt: skip
_NOT_LASTING = _words(
    "signing translation localization i18n primary foreign sort partition cache keyboard"
)
_STEERING = _words("mcp hook hooks instructions soul persona systemprompt subagent exec approvals")
_LOOKS = READ | LIST | _words("search validate verify test is has can")


@lru_cache(maxsize=4096)
def _by_name(tool: str, action: str, tool_class: str) -> frozenset[str]:
    own = own_words(f"{tool}.{action}" if action else tool)
    joined = {name for pair, name in _JOINED.items() if pair in set(pairwise(own))}
    words = frozenset(own) | joined
    verb = next((w for w in own if w in _VERBS), "")
    reads = verb in _LOOKS
    alone = (_ALONE[word] for word in words if word in _ALONE)
    found = {act for act in alone if act == "scan" or not reads}
    for act, verbs, nouns in _COMBINED:
        hit = words & verbs and words & nouns and len(words & (verbs | nouns)) > 1
        if hit and (not reads or act in ("scan", "wallet_read", "remote_access")):
            found.add(act)
    if own[:1] == ("quarantine",):
        found.add("quarantine_change")
    if words & _NOT_LASTING:
        found.discard("credential_issue")
    if tool_class == "persistence":
        found.add("schedule")
    elif tool_class == "config_change" and (words & _STEERING or {"gateway", "config"} <= words):
        found.add("self_config")
    return frozenset(found)


_VERBS = frozenset().union(*(verbs for _, verbs, _ in _COMBINED)) | _LOOKS | _CHANGES


class Made(NamedTuple):
    """A call of a tool, as far as it is known.

    Attributes:
        tool: The tool's name.
        action: ``add``, ``config.patch`` …, where the tool takes one; or ''.
        tool_class: What the call was found to be.
        writes: Does it write what it is given?
    """

    tool: str
    action: str
    tool_class: str
    writes: bool = False

    def by_name(self, path: str = "") -> frozenset[str]:
        """Return the acts that the name, with the action, says.

        Args:
            path: The file that it is about; what its class comes from, the name does not say.
        """
        action = self.action if len(self.action) <= _ACTION else ""
        lasts = self.tool_class == "persistence" and written_class(path) == "persistence"
        return _by_name(self.tool, action, "" if lasts else self.tool_class)

    def by_files(self, named: Iterable[str]) -> set[str]:
        """Return the acts that reading, writing or removing these files is."""
        found: set[str] = set()
        for path in islice(dict.fromkeys(named), _FILES):
            if not path or not paths.kinds_of(path):
                continue
            if self.tool_class == "destructive":
                found |= paths.removed_acts(path) or paths.written_acts(path)
            elif self.writes:
                found |= paths.written_acts(path)
            elif self.tool_class != "discovery":
                found |= paths.read_acts(path)
        return found

    def by_texts(self, texts: Iterable[str], *, steers: bool) -> set[str]:
        """Return the acts that written texts tell: files that are patched, loosened settings.

        Args:
            texts: The arguments' texts.
            steers: Is it an agent's own settings that are written?
        """
        found: set[str] = set()
        for text in islice(texts, _TEXTS):
            for verb, path in _PATCHED.findall(text[:_LONGEST])[:64] if "*** " in text else ():
                table = paths.removed_acts if verb == "Delete" else paths.written_acts
                found |= table(path.strip())
            if steers or "self_config" in found:
                found |= {"guard_bypass"} if _loosens(text[:_LONGEST]) else _NONE
        return found


def _loosens(text: str) -> bool:
    return paths.hints_in(text).loosens and agents.loosens(text)


_PATCHED = re.compile(r"^\*\*\* (Update|Add|Delete) File: (.{1,1024})$", re.MULTILINE)


def by_address(url: Url | None, *, sends: bool) -> frozenset[str]:
    """Return the acts that a request is, by whom it goes to."""
    if url is None:
        return _NONE
    paste = sends and any(url.host == p or url.host.endswith(f".{p}") for p in pastes())
    serves = bool(url.port) and agents.is_server(url.port)
    return frozenset([*(["publish"] if paste else ()), *(["agent_runtime"] if serves else ())])
