"""Session files as Codex CLI writes them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from .clock import Clock, hexed, uuid
from .talk import Step, Talk


class Rollout:
    """One file ``rollout-*.jsonl``."""

    def __init__(self, talk: Talk, clock: Clock, cwd: str) -> None:
        self.talk, self.clock, self.cwd = talk, clock, cwd
        self.session = uuid(f"codex/{talk.number}")
        self.lines: list[dict[str, Any]] = []

    def write(self, folder: Path) -> None:
        self._line(
            "session_meta",
            {
                "session_id": self.session,
                "id": self.session,
                "timestamp": self.clock.text,
                "cwd": self.cwd,
                "originator": "codex_cli",
                "cli_version": "0.169.0",
                "source": "cli",
                "git": {},
            },
        )
        for number, turn in enumerate(self.talk.turns):
            self.clock.pass_by(turn.pause)
            self.turn = uuid(f"{self.session}/turn/{number}")
            self._line("event_msg", {"type": "task_started", "turn_id": self.turn})
            self._message("user", "input_text", turn.ask, "user")
            for step in turn.steps:
                self._step(step)
            self._message("assistant", "output_text", turn.reply or "Done.", "model")
            self._line("event_msg", {"type": "task_complete", "turn_id": self.turn})
        text = "".join(json.dumps(line) + "\n" for line in self.lines)
        (folder / f"rollout-{self.session}.jsonl").write_text(text, encoding="utf-8")

    def _line(self, kind: str, payload: dict[str, Any]) -> None:
        self.lines.append(
            {
                "timestamp": self.clock.text,
                "ordinal": len(self.lines),
                "type": kind,
                "payload": payload,
            }
        )

    def _message(self, role: str, kind: str, said: str, provenance: str) -> None:
        self.clock.pass_by(0.01)
        passed = {
            "turn_id": self.turn,
            "content_item_metadata": [{"provenance": {"type": provenance}}],
        }
        self._line(
            "response_item",
            {
                "type": "message",
                "id": f"msg_{hexed(f'{self.session}/{len(self.lines)}', 12)}",
                "role": role,
                "content": [{"type": kind, "text": said}],
                "internal_chat_message_metadata_passthrough": passed if role == "user" else {},
            },
        )

    def _step(self, step: Step) -> None:
        self.clock.pass_by(step.gap)
        call = f"call_{hexed(f'{self.session}/{len(self.lines)}', 16)}"
        kind, inside = "function_call", {"name": "exec_command", "arguments": self._command(step)}
        if step.tool in ("edit", "write"):
            kind, inside = "custom_tool_call", {"name": "apply_patch", "input": _patch(step)}
        elif step.tool not in ("sh", "read", "grep", "glob", "fetch"):
            kind, inside = "function_call", {"name": step.tool, "arguments": json.dumps(step.args)}
        self._line("response_item", {"type": kind, "call_id": call, **inside})
        self.clock.pass_by(0.4)
        code = 1 if step.failed else 0
        output = (
            f"Wall time: 0.4000 seconds\nProcess exited with code {code}\nOutput:\n{step.answer}"
        )
        self._line("response_item", {"type": f"{kind}_output", "call_id": call, "output": output})

    def _command(self, step: Step) -> str:
        given = step.args
        commands: dict[str, Callable[[], str]] = {
            "sh": lambda: str(given["command"]),
            "read": lambda: f"sed -n 1,200p {given['path']}",
            "grep": lambda: f"rg -n {json.dumps(given['pattern'])} {given['path']}",
            "glob": lambda: f"rg --files -g {json.dumps(given['pattern'])}",
            "fetch": lambda: f"curl -sL {given['url']}",
        }
        return json.dumps({"cmd": commands[step.tool]()}) if step.tool in commands else ""


def _patch(step: Step) -> str:
    given = step.args
    if step.tool == "write":
        added = "\n".join(f"+{line}" for line in given["content"].split("\n"))
        return f"*** Begin Patch\n*** Add File: {given['path']}\n{added}\n*** End Patch"
    return (
        f"*** Begin Patch\n*** Update File: {given['path']}\n@@\n-{given['old']}\n+{given['new']}\n"
        "*** End Patch"
    )
