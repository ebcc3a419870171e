"""What is done to and with agents themselves: started, started unguarded, told to ask nobody."""

from __future__ import annotations

import re
from collections.abc import Iterator

from agentwarrant.runtimes import runs_scripts, runtime_of, runtimes
from agentwarrant.shell.command import Command
from agentwarrant.shell.facts import words_in

_OTHER_NAMES = {
    "claude-code": "claude", "gemini-cli": "gemini", "qwen-code": "qwen", "codex-cli": "codex",
    "cursor-agent": "cursor-agent", "openclaw.mjs": "openclaw", "kiro-cli": "kiro",
}  # fmt: skip
AGENTS = words_in(
    "claude codex gemini qwen openclaw clawdbot moltbot cursor-agent copilot goose opencode aider "
    "amp "
    "droid hermes kiro crush cline roo q letta nanobot zeroclaw picoclaw auggie plandex forge vibe "
    "openhands swe-agent sweagent interpreter open-interpreter gptme autogpt"
)
"""Programs that are agents, by the names that a command line calls them."""

_LOOSE = re.compile(
    r"--?(?:dangerously[\w-]*|allow-dangerously[\w-]*|yolo(?:-mode)?|full-auto|trust-all[\w-]*"
    r"|allow-all(?:-tools|-paths|-urls)?|yes-always|no-sandbox|always-approve\w*|no-confirm"
    r"|(?:[\w-]{1,24}-)?auto-?(?:approve|accept|run|confirm)[\w-]*"
    r"|(?:skip|bypass|disable|no)-(?:permissions?|approvals?|sandbox|confirm\w*|guardrails?"
    r"|safety)[\w-]*)"
    r"(?:=(?!false|0|off).*)?$",
    re.IGNORECASE,
)
_SURE = re.compile(r"--(?:allow-)?dangerously-(?:skip|bypass|disable)[\w-]*$")
"""Options that no other program has."""
_PAIRS = re.compile(
    r"(?:--approval-mode|--ask-for-approval|-a|--approval-policy|--permission-mode|--sandbox|-s"
    r"|--mode"
    r"|--approvals?)[= ][\"']?(?:yolo|never|none|bypassPermissions|dontAsk|danger-full-access|off"
    r"|full-auto)\b"
)
_SHORT = {"gemini": "-y", "qwen": "-y", "cursor-agent": "-f", "aider": "--yes", "goose": "--auto"}
_MANAGES = words_in(
    "mcp config configure login logout auth doctor update upgrade install uninstall plugin plugins "
    "setup-token models model list ls status sessions history help version completion completions "
    "skills hooks cron channels memory extensions extension approvals devices pairing logs health "
    "dashboard setup reset message messages docs qr security secrets sandbox features apply debug "
    "info usage stats migrate-installer export import whoami feedback gateway agents browser node "
    "nodes"
)
_ONLY_TELLS = words_in("--version -v -V --help -h help version")
_BY_WORDS = words_in("openclaw clawdbot moltbot codex letta")
"""Agents whose starting takes a word: it stands in ``acts.json``."""


def plain_name(program: str) -> str:
    """Return a program's name without version and ending: ``clawhub@latest``, ``claude.cmd``."""
    name = program.partition("@")[0] or program
    for ending in (".cmd", ".bat", ".ps1"):
        name = name.removesuffix(ending)
    return _OTHER_NAMES.get(name, name)


def of_command(name: str, command: Command) -> Iterator[str]:
    """Yield the acts of a program that is an agent or serves models.

    Args:
        name: What ``plain_name`` calls it.
        command: The command; other programs have none of these acts, or the surest only.
    """
    if name not in AGENTS:
        if name in runtimes().servers:
            yield "agent_runtime"
        elif runs_scripts(name) and _runs_script(name, command):
            yield "agent_runtime"
            yield from _loosened(command, _LOOSE)
        return
    if name != "q":
        yield "agent_runtime"
    if name in _SHORT and _SHORT[name] in command.args:
        yield "guard_bypass"
    yield from _loosened(command, _LOOSE)
    if name not in _BY_WORDS and _starts(command):
        yield "deploy_agent"


_TELLERS = words_in("echo printf git gh grep rg cat sed awk man ls find which write-output")


def _loosened(command: Command, options: re.Pattern[str]) -> Iterator[str]:
    if any(map(options.match, command.args)) or _PAIRS.search(command.text[:8192]):
        yield "guard_bypass"


def surely_loosened(command: Command) -> bool:
    """Is an option given that only agents have, whatever the program is called?"""
    return command.program not in _TELLERS and any(map(_SURE.match, command.args))


def _runs_script(name: str, command: Command) -> bool:
    script = next((a for a in command.args[:8] if not a.startswith("-")), "")
    return bool(script) and bool(runtime_of(name, f"{name} {script}"))


def _starts(command: Command) -> bool:
    first = next((a for a in command.args if not a.startswith("-")), "")
    return first not in _MANAGES and _ONLY_TELLS.isdisjoint(command.args[:2])


# Settings that ask nobody ----------------------------------------------------------------------

_SETTING = re.compile(
    r"[\"']?(?:defaultMode|permission[_-]?mode)[\"']?\s*[:=]\s*[\"']?(?:bypassPermissions|dontAsk"
    r"|yolo)\b"
    r"|\bapproval[_-]?(?:policy"
    r"|mode)[\"']?\s*[:= ]\s*[\"'\\]{0,3}(?:never|none|yolo|full-auto|off)\b"
    r"|\bsandbox[_-]?(?:mode|policy)?[\"']?\s*[:= ]\s*[\"'\\]{0,3}danger-full-access\b"
    r"|[\"'.\b](?:global)?auto[_-]?approve[\w.-]{0,24}[\"']?\s*[:=]\s*(?:true|\"true\""
    r"|\[\s*[\"']\*)"
    r"|\b(?:skipDangerousModePermissionPrompt|skipAutoPermissionPrompt|enableAllProjectMcpServers"
    r"|bypassPermissionsModeAccepted|dangerouslyDisableSandbox|trustAllTools|yolo(?:Mode)?)"
    r"[\"']?\s*[:=]\s*true\b"
    r"|\b(?:tools\.)?exec\.(?:ask|approvals?)\s+[\"']?(?:off|never)\b"
    r"|\bexec\.security\s+[\"']?full\b"
    r"|[\"']approvals?[\"']\s*:\s*[\"']?(?:off|never|none|disabled|false)\b"
    r"|[\"']ask[\"']\s*:\s*[\"']off[\"']|[\"']askFallback[\"']\s*:\s*[\"'](?:full|allow)[\"']",
    re.IGNORECASE,
)


def loosens(text: str) -> bool:
    """Does a text set an agent's approvals or its sandbox off?"""
    return _SETTING.search(text) is not None


def is_server(port: int) -> bool:
    """Is this the port of a known agent runtime or model server?"""
    known = runtimes()
    return port in known.ports or port in known.servers
