"""Which files matter to an agent's safety: credentials, its own instructions, start-up places."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import re2  # type: ignore[import-untyped]  # the package has no types

BEFORE = r"(?:^|[\s/\\=@:'\"`~(<>,])"
AFTER = r"(?=$|[\s/\\'\"`;|&)<>,:?#])"

_CREDENTIAL = re.compile(
    BEFORE + r"(?:"
    # .env and .env.production, not .env.example
    r"\.env(?:\.(?!example|sample|template|dist|schema|test\b)[\w-]+)*(?:rc)?"
    r"|(?!process\.env|meta\.env)[\w-]{1,40}\.env"
    r"|\.aws[/\\](?:credentials|config)|\.azure[/\\][\w.]+|\.boto"
    r"|id_(?:rsa|dsa|ecdsa|ed25519)(?:_[\w-]+)?|[\w.*-]{1,60}\.(?:pem|p12|pfx|jks|keystore|kdbx|ppk)"
    r"|[\w.-]{0,40}(?:private|server|client|tls|ssl|signing|master)[\w.-]{0,20}\.key"
    r"|\.kube[/\\]config|kubeconfig[\w.-]*|[\w-]+\.kubeconfig"
    r"|\.npmrc|\.pypirc|_?\.?netrc|\.git-credentials|\.pgpass|\.my\.cnf|\.htpasswd|\.vault-token"
    r"|\.config[/\\](?:(?:gh|hub|glab-cli)[/\\](?:hosts|config)\.ya?ml|rclone[/\\]rclone\.conf)"
    r"|\.docker[/\\]config\.json|\.dockercfg|\.gnupg[/\\][\w./-]+|\.s3cfg|\.terraformrc"
    r"|application_default_credentials\.json|[\w.-]{0,40}service[-_]?account[\w.-]*\.json"
    r"|[\w.-]{0,40}credentials?(?:\.(?:json|ya?ml|toml|ini|txt|xml|csv|db))"
    r"|\.secrets?(?:[-_.]\w{1,40})*"
    r"|[\w.-]{0,40}secrets?(?:\.(?:json|ya?ml|toml|ini|txt|env|properties))"
    r"|(?:api[-_]?keys?|tokens?|passwords?|passwd|auth[-_]?profiles|auth)\.(?:json|ya?ml|txt|csv|toml)"
    r"|(?:etc[/\\])?g?shadow|etc[/\\](?:sudoers|master\.passwd)|terraform\.tfstate"
    r"|login\.keychain(?:-db)?|Login Data|logins\.json|key[34]\.db|Cookies\.binarycookies"
    r"|wallet\.dat|wallet\.json|keyring[\w.-]*|\.electrum[/\\][\w./-]+|solana[/\\]id\.json"
    r"|proc[/\\](?:self|\d+|\*)[/\\]environ|docker_secrets|run[/\\]secrets[/\\][\w.-]+"
    r")" + AFTER,
    re.IGNORECASE,
)
_CREDENTIAL_FOLDER = re.compile(
    r"(?:^|[\s/\\=@])(?:\.(?:ssh|aws|gnupg|kube|azure|docker|password-store|electrum)|\.config[/\\]gcloud"
    r"|Keychains)[/\\]?$",
)
_INSTRUCTIONS = re.compile(
    BEFORE + r"(?:(?:SOUL|AGENTS?|CLAUDE|GEMINI|IDENTITY|BOOTSTRAP|TOOLS|USER|SYSTEM|PERSONA)"
    r"(?:\.local)?\.md|\.cursorrules|\.cursor[/\\]rules[/\\][\w./-]*|\.windsurfrules|\.clinerules"
    r"|copilot-instructions\.md|system[-_]?prompt\.(?:md|txt|ya?ml|json))" + AFTER,
)
_MEMORY = re.compile(
    BEFORE + r"(?:MEMORY\.md|memory[/\\][\w./-]+\.(?:md|json|sqlite|db)|memories[/\\][\w./-]+"
    r"|memory\.(?:md|json))" + AFTER,
)
_AGENT_CONFIG = re.compile(
    BEFORE + r"(?:\.claude[/\\](?:settings[\w.]*\.json|hooks[/\\]?[\w./-]*|agents[/\\][\w./-]+)"
    r"|\.claude\.json|\.codex[/\\](?:config\.toml|hooks[\w./-]*)|\.?mcp\.json|openclaw\.json"
    r"|claude_desktop_config\.json|\.openclaw[/\\](?:hooks|exec-approvals\.json|plugins)[\w./-]*"
    r"|\.gemini[/\\]settings\.json|\.vscode[/\\](?:settings|tasks|mcp)\.json"
    r"|exec-approvals\.json|policy\.jsonc)" + AFTER,
)
_STARTUP = re.compile(
    BEFORE + r"(?:HEARTBEAT\.md|authorized_keys2?|\.(?:bash|zsh)(?:rc|_profile|env|_login)"
    r"|\.profile|etc[/\\](?:cron[\w.-]*|rc\.local|profile(?:\.d)?|systemd)(?:[/\\][\w./-]*)?"
    r"|var[/\\]spool[/\\]cron[\w./-]*|Library[/\\]Launch(?:Agents|Daemons)[\w./-]*"
    r"|\.config[/\\](?:systemd|autostart)[/\\][\w./-]+|Start Menu[/\\]Programs[/\\]Startup"
    r"|\.git[/\\]hooks[/\\][\w-]+|CurrentVersion[/\\]Run(?:Once)?)" + AFTER,
)
STEERING = (_INSTRUCTIONS, _AGENT_CONFIG)
"""What tells an agent how to behave."""

_METADATA = re.compile(
    r"169\.254\.169\.254|169\.254\.170\.2|metadata\.google\.internal|\[?fd00:ec2::254\]?"
    r"|100\.100\.100\.200|::ffff:a9fe:a9fe"
)


# One pass that says which of these a text may match -------------------------------------------

_LOOKS_AHEAD = re.compile(r"\(\?[!=](?:[^()\\\[]|\\.|\[[^\]]*\])*\)")
_COUNTED = re.compile(r"\{\d+(?:,\d*)?\}")
_KINDS = (_CREDENTIAL, _STARTUP, _INSTRUCTIONS, _AGENT_CONFIG, _MEMORY)
_WRITTEN = ("write", "persistence", "config_change", "config_change", "memory_write")
"""What writing to a path of each kind is, strongest first; a credential is no class of its own."""

_ALL = range(len(_KINDS))
_CACHED_LENGTH = 512


def _loose(pattern: str) -> str:
    """Return a pattern for RE2 that matches wherever this one does in ASCII text, and more."""
    without = _LOOKS_AHEAD.sub("", pattern)
    return "(?i)" + _COUNTED.sub("*", without).replace(r"\s", r"\x09-\x0d\x1c-\x20")


def one_pass(kinds: Sequence[re.Pattern[str]]) -> Any:
    """Return a set of RE2 whose ``Match`` says which patterns an ASCII text may match."""
    found = re2.Set.SearchSet()
    for kind in kinds:
        found.Add(_loose(kind.pattern))
    found.Compile()
    return found


_LOOSELY = one_pass(_KINDS)


def _candidates(text: str) -> Sequence[int]:
    """Return which of ``_KINDS`` a text may match; nearly all match none."""
    if not text.isascii():
        return _ALL  # RE2's classes are of ASCII
    return _known_candidates(text) if len(text) <= _CACHED_LENGTH else _LOOSELY.Match(text) or ()


@lru_cache(maxsize=8192)
def _known_candidates(text: str) -> Sequence[int]:
    return _LOOSELY.Match(text) or ()


def _matches(kind: int, text: str) -> bool:
    return kind in _candidates(text) and _KINDS[kind].search(text) is not None


def is_credential(text: str) -> bool:
    """Does the text name a file that holds credentials?"""
    return _matches(0, text)


def is_instructions(text: str) -> bool:
    """Does a text name a file that tells agents what to do: ``CLAUDE.md``, ``AGENTS.md``?"""
    return _matches(2, text)


def is_credential_folder(path: str) -> bool:
    """Is this path a folder that holds credentials? Listing it is harmless, taking it is not."""
    return _CREDENTIAL_FOLDER.search(path) is not None


def credential_paths(text: str) -> list[str]:
    """Return the credential files a text names, in order, each once."""
    if not is_credential(text):
        return []
    found = (m.group().strip(" \t\n/\\=@:'\"`~(<>,") for m in _CREDENTIAL.finditer(text))
    return list(dict.fromkeys(found))


def is_metadata_service(text: str) -> bool:
    """Does the text name a cloud's instance metadata service?"""
    return _METADATA.search(text) is not None


@lru_cache(maxsize=4096)
def written_class(path: str) -> str:
    """Return what writing to a path amounts to.

    ``persistence``, ``config_change``, ``memory_write`` or ``write``.
    """
    for kind in sorted(_candidates(path)):
        if kind and _KINDS[kind].search(path):
            return _WRITTEN[kind]
    return "write"
