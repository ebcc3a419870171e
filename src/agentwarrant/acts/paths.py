"""What it means to read, to write or to remove a file, beyond its class: acts by path.

``paths.py`` says which files hold credentials and which steer an agent; here stand the further
places that an agent's keeper watches: agents' own stores, wallets, the walls of a container,
skills, guards, and the lists that say which agents may act.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from agentwarrant import paths
from agentwarrant.paths import AFTER, BEFORE

_S = r"[/\\]"
_AGENT = (
    r"(?:openclaw|clawdbot|moltbot|claude|codex|gemini|cursor|copilot|github-copilot|continue"
    r"|codeium|windsurf|qwen|hermes|goose|opencode|aider|cline|roo|kiro|amazonq|augment|crush|letta"
    r"|nanobot|picoclaw|zeroclaw|amp|factory|mcp-auth)"
)
_STORE = re.compile(
    BEFORE + r"(?:"
    # the settings, the identity or the keys of a known agent, wherever its folder lies
    rf"(?:\.|\.config{_S}|\.local{_S}share{_S}|Application Support{_S}"
    rf"|Roaming{_S}){_AGENT}[\w-]*{_S}"
    rf"(?!skills{_S}|projects{_S}|workspace[\w-]*{_S}|worktrees{_S}|sandbox\w*{_S}|todos{_S}"
    rf"|commands{_S}|media{_S}|logs{_S}|tmp{_S})"
    rf"(?:[\w.@ -]{{1,64}}{_S}){{0,5}}"
    r"(?:[\w.-]{0,40}(?:settings|config|auth|cred(?:ential)?s?|identity|oauth|mcp|secrets?|tokens?"
    r"|accounts|devices?|approvals|hosts|apps|profiles?|paired|allowFrom|openclaw|clawdbot|moltbot)"
    r"[\w-]{0,40}(?:\.local)?\.(?:jsonc?|json5|toml|ya?ml|db|sqlite|pem|key)(?:\.bak[\w.]{0,8})?"
    r"|\.env)"
    rf"|(?:~|\$HOME|\$\{{HOME\}}|(?:home|Users){_S}[\w.-]{{1,64}}|root){_S}\.(?:openclaw|clawdbot"
    rf"|moltbot"
    rf"|claude|codex|gemini|cursor)(?:{_S}(?:identity|credentials|devices|secrets"
    rf"|agents))?{_S}?(?=$|[\\s'\"`;|&)>])"
    r"|\.claude\.json(?:\.backup[\w.]{0,24})?|\.?mcp\.json|\w{0,24}mcp_(?:config|settings)\.json"
    r"|claude_desktop_config\.json|openclaw\.json|auth-profiles\.json|exec-approvals\.json"
    r"|opencode\.jsonc?|\.aider\.conf\.ya?ml"
    r")" + AFTER,
    re.IGNORECASE,
)
_WALLET = re.compile(
    BEFORE + r"(?:"
    r"wallet\.(?:dat|json|db|aes)|[\w-]{0,40}wallet[\w-]{0,24}\.(?:dat|keys?|seed|keystore)"
    r"|UTC--\d{4}-[\w.:-]{5,40}--[0-9a-f]{40}|keystore\.json|sui\.keystore|\.near-credentials"
    rf"|\.?(?:ethereum|foundry|brownie|geth){_S}(?:[\w.-]{{1,40}}{_S}){{0,3}}(?:keystores?"
    rf"|accounts)"
    rf"|\.?solana{_S}[\w-]{{0,40}}\.json|[\w-]{{0,40}}keypair\.json"
    rf"|\.?electrum[\w-]{{0,8}}{_S}(?:[\w.-]{{1,40}}{_S}){{0,2}}wallets|exodus\.wallet"
    rf"|multidoge\.wallet"
    rf"|(?:\.?bit)?monero{_S}wallets?|Ledger Live|atomic{_S}Local Storage|Coinomi|Trezor Suite"
    rf"|@trezor"
    # seed phrases written down
    r"|[\w-]{0,40}(?:seed[-_ ]?(?:phrase|words?)|mnemonic|recovery[-_ ]?(?:phrase|seed"
    r"|words))s?[\w-]{0,40}"
    r"(?:\.(?:txt|md|json|enc|key|pdf|png|jpe?g|docx?|ya?ml))?"
    # extensions of browsers that are wallets
    r"|nkbihfbeogaeaoehlefnkodbefgpgknn|ejbalbakoplchlghecdalmeeeajnimhm"
    r"|bfnaelmomeimhlpmgjnjophhpkkoljpa"
    r"|hnfanknocfeofbddgcijnmhnfnkdnaad|egjidjbpglichdcondbcbdnbeeppgdph"
    r"|fhbohimaelbohpjbbldcngcnapndodjp"
    r"|mcohilncbfahbmgdjkbpemcciiolgcge|acmacodkjbdgmoleebolmdjonilkdbch"
    r"|fnjhmkhhmkbjkkabndcnnogagogbneec"
    r"|ibnejdfjmmkpcnlpebklmnkoeoihofec|dmkamcknogkgcdfhhbddcghachkejeap"
    r"|bhhhlbepdkbapadjdnnojkbgioiodbic"
    r"|aholpfdialjgjfhomihkjbmgjidlcdno"
    r")" + AFTER,
    re.IGNORECASE,
)
_SOCKET = re.compile(
    r"(?:docker|dockershim|cri-dockerd|containerd|crio|podman|buildkitd)\.sock" + AFTER
)
_KERNEL = re.compile(
    r"proc/sys/kernel/(?:core_pattern|modprobe|usermodehelper)|/release_agent|uevent_helper"
    r"|/notify_on_release|proc/sysrq-trigger"
)
_ROOT = re.compile(r"/proc/1/(?:root|cwd)(?=/|$)|/proc/1/ns/")
_GOVERNS = re.compile(
    BEFORE + r"(?:[\w.-]{0,60}(?:quarantined?|allow[-_]?list(?:ed)?|deny[-_]?list|block[-_]?list"
    r"|white[-_]?list|black[-_]?list|agent[-_]?registry|agents[-_]registry|kill[-_]?switch"
    r"|allowFrom"
    r"|exec-approvals)[\w-]{0,40}(?:\.(?:jsonc?|json5|ya?ml|toml|txt|conf|cfg|csv|db|sqlite|lst"
    r"|list))"
    rf"|[\w.-]{{0,60}}(?:quarantine|allow[-_]?list){_S}[\w.-]{{1,80}}"
    rf"|[\w.-]{{0,60}}warrants?(?:{_S}(?:[\w.-]{{1,64}}{_S}){{0,3}}[\w.-]{{1,80}})?\.(?:ya?ml"
    rf"|json|sig|toml)"
    r")" + AFTER,
    re.IGNORECASE,
)
_SKILL = re.compile(
    BEFORE
    + rf"(?:SKILL\.md|(?:\.{_AGENT}|\.agents|\.github|workspace){_S}(?:[\w.-]{{1,40}}{_S}){{0,2}}"
    rf"(?:skills|extensions|plugins){_S}[\w./-]{{0,200}})" + AFTER,
)
_GUARD = re.compile(
    BEFORE
    + rf"(?:\.{_AGENT}{_S}(?:[\w.-]{{1,40}}{_S}){{0,2}}hooks?(?:{_S}[\w./*-]{{0,200}}|\.json)?"
    r"|[\w.-]{0,60}guard[-_]?rails?[\w-]{0,40}(?:\.(?:json|ya?ml|toml|py|co|js|ts|conf))?"
    r"|managed-settings\.json|policy\.jsonc|exec-approvals\.json"
    rf"|etc{_S}(?:audit|falco|osquery|rsyslog\.d|auditbeat|wazuh\w*)(?:{_S}[\w./*-]{{0,200}})?"
    rf"|var{_S}log{_S}(?:audit(?:{_S}[\w./*-]{{0,200}})?|auth\.log|secure|syslog|messages"
    rf"|journal\b[\w./*-]{{0,200}})"
    rf"|(?:opt|etc){_S}(?:CrowdStrike|SentinelOne|sentinelone|osquery)\b[\w./*-]{{0,200}})" + AFTER,
)
_KEYS = re.compile(BEFORE + r"[\w./~$-]{0,200}authorized_keys2?" + AFTER)
_SUDOERS = re.compile(BEFORE + rf"/?etc{_S}sudoers(?:\.d(?:{_S}[\w.-]{{1,80}})?)?" + AFTER)
_RUNS_LATER = re.compile(
    BEFORE + r"(?:HEARTBEAT\.md"
    rf"|etc{_S}(?:(?:ana)?cron[\w.-]*|rc\.local|profile\.d|systemd{_S}system"
    rf"|init\.d)(?:{_S}[\w./@-]*)?"
    rf"|var{_S}spool{_S}(?:cron|at)[\w./-]*|(?:usr{_S})?lib{_S}systemd{_S}system{_S}[\w.@-]+"
    rf"|Library{_S}Launch(?:Agents|Daemons)[\w./-]*|\.config{_S}(?:systemd|autostart){_S}[\w./@-]+"
    rf"|Start Menu{_S}Programs{_S}Startup[\w./\\ -]*|(?:System32|Windows){_S}Tasks{_S}[\w .-]+"
    rf"|CurrentVersion{_S}Run(?:Once)?|\.?(?:openclaw|clawdbot|moltbot){_S}cron(?:{_S}[\w./-]*)?)"
    + AFTER,
    re.IGNORECASE,
)
_MEMORY_AT_START = re.compile(BEFORE + r"(?:MEMORY|memory)\.md" + AFTER)
_STEERS = re.compile(
    BEFORE
    + rf"(?:\.{_AGENT}{_S}(?:settings[\w.-]*\.jsonc?|config\.(?:toml|json|ya?ml)|hooks[\w./-]*"
    rf"|rules[\w./-]*|(?:agents|commands){_S}[\w./-]+\.md|mcp\.json|[\w-]+\.md)"
    rf"|\.agents{_S}[\w./-]+\.md|\w{{0,24}}mcp_(?:config|settings)\.json|managed-settings\.json"
    r"|opencode\.jsonc?|\.aider\.conf\.ya?ml|\.github[/\\]instructions[/\\][\w./-]+)" + AFTER,
)
_NAMED: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("store", _STORE), ("wallet", _WALLET), ("socket", _SOCKET), ("kernel", _KERNEL),
    ("root", _ROOT), ("governs", _GOVERNS), ("skill", _SKILL), ("guard", _GUARD), ("keys", _KEYS),
    ("sudoers", _SUDOERS), ("later", _RUNS_LATER), ("memory", _MEMORY_AT_START),
    ("steers", _STEERS), *(("steers", pattern) for pattern in paths.STEERING),
)  # fmt: skip
_LOOSENS = re.compile(
    r"bypassPermissions|dontAsk|yolo|approval|danger|auto.?approve|skipAuto|enableAllProject"
    r"|trustAll|exec\.|ask['\"]|askFallback"
)
_DECODES = re.compile(r"base(?:64|32)|xxd|openssl|gunzip|zcat|uncompress")
_HINTS = (_LOOSENS, _DECODES)
_LOOSELY = paths.one_pass([*(pattern for _, pattern in _NAMED), *_HINTS])
_ALL = range(len(_NAMED))
_LONGEST = 4096
_NONE: frozenset[str] = frozenset()

_READ = {"store": "agent_config_read", "wallet": "wallet_read", "root": "sandbox_escape"}
_WRITTEN = {
    "kernel": "sandbox_escape", "root": "sandbox_escape", "governs": "quarantine_change",
    "skill": "skill_install", "keys": "credential_issue", "sudoers": "privilege_grant",
    "later": "schedule", "memory": "self_config", "steers": "self_config",
}  # fmt: skip
_REMOVED = {"guard": "guard_disable", "governs": "quarantine_change", "steers": "self_config"}


@lru_cache(maxsize=8192)
def kinds_of(text: str) -> frozenset[str]:
    """Return which of the watched places a path, or a short text with paths in it, names."""
    text = text[:_LONGEST]
    found = (_LOOSELY.Match(text) or ()) if text.isascii() else _ALL
    kinds = (_NAMED[i] for i in found if i < len(_NAMED))
    return frozenset(name for name, pattern in kinds if pattern.search(text))


class Hints(NamedTuple):
    """What a text may be about, found in one pass; nearly all texts are about none of it.

    Attributes:
        names: It may name a watched place.
        loosens: It may set an agent's approvals off.
        decodes: It may decode something.
    """

    names: bool
    loosens: bool
    decodes: bool


_NOTHING = Hints(names=False, loosens=False, decodes=False)
_ANYTHING = Hints(names=True, loosens=True, decodes=True)


def hints_in(text: str) -> Hints:
    """Return what a text may be about."""
    if not text.isascii():
        return _ANYTHING  # RE2's classes are of ASCII
    found = _LOOSELY.Match(text)
    if not found:
        return _NOTHING
    kinds = len(_NAMED)
    return Hints(min(found) < kinds, kinds in found, kinds + 1 in found)


def _acts(path: str, table: dict[str, str]) -> frozenset[str]:
    kinds = kinds_of(path)
    return frozenset(table[kind] for kind in kinds if kind in table) if kinds else _NONE


def read_acts(path: str) -> frozenset[str]:
    """Return the acts that reading a file is."""
    return _acts(path, _READ)


@lru_cache(maxsize=4096)
def written_acts(path: str) -> frozenset[str]:
    """Return the acts that writing a file is."""
    found = _acts(path, _WRITTEN)
    return found | {"self_config"} if path.endswith("HEARTBEAT.md") else found


def removed_acts(path: str) -> frozenset[str]:
    """Return the acts that removing or emptying a file is."""
    return _acts(path, _REMOVED)
