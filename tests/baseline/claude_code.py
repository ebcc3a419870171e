"""Transcripts as Claude Code writes them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from .clock import Clock, hexed, uuid
from .talk import Step, Talk

NAMES = {
    "sh": "Bash",
    "read": "Read",
    "edit": "Edit",
    "write": "Write",
    "grep": "Grep",
    "glob": "Glob",
    "fetch": "WebFetch",
    "web_search": "WebSearch",
    "delegate": "Task",
}


class Transcript:
    """One file ``<session>.jsonl``; sub-agents are side chains in it."""

    def __init__(self, talk: Talk, clock: Clock, cwd: str) -> None:
        self.talk, self.clock, self.cwd = talk, clock, cwd
        self.session = uuid(f"claude/{talk.number}")
        self.lines: list[dict[str, Any]] = []
        self.parent: str | None = None

    def write(self, folder: Path) -> None:
        for turn in self.talk.turns:
            self.clock.pass_by(turn.pause)
            self._bookkeeping("enqueue", turn.ask)
            self._user(turn.ask, {"permissionMode": "default", "promptSource": "typed"})
            self._steps(turn.steps, {})
            self._assistant({"type": "text", "text": turn.reply or "Done."}, {})
        text = "".join(json.dumps(line) + "\n" for line in self.lines)
        (folder / f"{self.session}.jsonl").write_text(text, encoding="utf-8")

    def _steps(self, steps: list[Step], side: dict[str, Any]) -> None:
        for step in steps:
            self.clock.pass_by(step.gap)
            call = f"toolu_{hexed(f'{self.session}/{len(self.lines)}', 20)}"
            self._assistant(
                {
                    "type": "tool_use",
                    "id": call,
                    "name": self._name(step),
                    "input": self._input(step),
                },
                side,
            )
            if step.child:
                inner = {"isSidechain": True, "agentId": hexed(call, 8)}
                for turn in step.child.turns:
                    self._user(turn.ask, inner)
                    self._steps(turn.steps, inner)
                    self._assistant({"type": "text", "text": turn.reply or "Done."}, inner)
            self.clock.pass_by(0.3 if step.gap < 1 else 1.2)
            answer = step.answer or (step.child.turns[-1].reply if step.child else "")
            more: dict[str, Any] = {"toolUseResult": {"stdout": answer, "stderr": ""}}
            if step.denied:
                more = {"toolUseResult": f"Error: {answer}", "toolDenialKind": "user-rejected"}
            block = {
                "tool_use_id": call,
                "type": "tool_result",
                "content": answer,
                "is_error": step.failed,
            }
            self._user([block], {**side, **more})

    def _name(self, step: Step) -> str:
        return NAMES.get(step.tool, f"mcp__office__{step.tool}")

    def _input(self, step: Step) -> dict[str, Any]:
        given = step.args
        if step.tool == "sh":
            return {"command": given["command"], "description": "Run a command"}
        if step.tool == "read":
            return {"file_path": f"{self.cwd}/{given['path']}"}
        if step.tool == "edit":
            return {
                "file_path": f"{self.cwd}/{given['path']}",
                "old_string": given["old"],
                "new_string": given["new"],
            }
        if step.tool == "write":
            return {"file_path": f"{self.cwd}/{given['path']}", "content": given["content"]}
        if step.tool == "fetch":
            return {"url": given["url"], "prompt": "What does this page say?"}
        if step.tool == "delegate":
            return {
                "description": "Research",
                "prompt": given["task"],
                "subagent_type": given["agent"],
            }
        return given

    def _line(self, kind: str, message: dict[str, Any], more: dict[str, Any]) -> None:
        own = uuid(f"{self.session}/{len(self.lines)}")
        self.lines.append(
            {
                "parentUuid": self.parent,
                "isSidechain": False,
                "type": kind,
                "message": message,
                "uuid": own,
                "timestamp": self.clock.text,
                "userType": "external",
                "entrypoint": "cli",
                "cwd": self.cwd,
                "sessionId": self.session,
                "version": "2.1.330",
                "gitBranch": "main",
                **more,
            }
        )
        self.parent = own

    def _user(self, content: Any, more: dict[str, Any]) -> None:
        self._line("user", {"role": "user", "content": content}, more)

    def _assistant(self, block: dict[str, Any], more: dict[str, Any]) -> None:
        self.clock.pass_by(0.05)
        usage = {"input_tokens": 900 + len(self.lines) * 40, "output_tokens": 60}
        message = {
            "id": f"msg_{hexed(f'{self.session}{len(self.lines)}', 20)}",
            "type": "message",
            "usage": usage,
            "role": "assistant",
            "model": "claude-sonnet-4-5",
            "content": [block],
            "stop_reason": "tool_use" if block["type"] == "tool_use" else "end_turn",
        }
        self._line("assistant", message, more)

    def _bookkeeping(self, operation: str, content: str) -> None:
        self.lines.append(
            {
                "type": "queue-operation",
                "operation": operation,
                "content": content,
                "timestamp": self.clock.text,
                "sessionId": self.session,
            }
        )
