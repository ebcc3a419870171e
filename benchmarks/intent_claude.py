"""Writes sessions as Claude Code's transcripts."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from intent_cases import Session, Step

_PLACE = "/workspace"


def transcript(session: Session, identity: str, index: int, folder: Path) -> None:
    """Write one session as the file that Claude Code keeps of it."""
    lines = _Lines(identity, index)
    lines.add("user", session.ask, promptSource="typed", permissionMode="default")
    steps: list[Step] = [*session.steps, (*session.call, "ok")]
    for number, (tool, arguments, answer) in enumerate(steps):
        call = f"toolu_{identity[:8]}{number:04}"
        told = {"type": "tool_use", "id": call, "name": tool, "input": arguments}
        lines.add("assistant", [told])
        lines.add("user", [{"type": "tool_result", "tool_use_id": call, "content": answer}])
    lines.write(folder / f"{identity}.jsonl")


class _Lines:
    def __init__(self, identity: str, index: int) -> None:
        self.identity, self.hour = identity, index % 24
        self.lines: list[dict[str, Any]] = []

    def add(self, kind: str, content: object, **more: str) -> None:
        number = len(self.lines)
        before = f"{self.identity[:8]}-{number - 1}" if number else None
        self.lines.append({
            "parentUuid": before, "isSidechain": False, "type": kind,
            "message": {"role": kind, "content": content}, "uuid": f"{self.identity[:8]}-{number}",
            "timestamp": f"2026-09-21T{self.hour:02d}:{number // 60:02d}:{number % 60:02d}.000Z",
            "cwd": _PLACE, "sessionId": self.identity, "version": "2.1.330", **more,
        })  # fmt: skip

    def write(self, path: Path) -> None:
        with path.open("w", encoding="utf-8") as file:
            file.writelines(json.dumps(line, ensure_ascii=False) + "\n" for line in self.lines)
