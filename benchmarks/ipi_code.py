"""Sessions of coding agents made of CodeIPI's samples (``ipi_coding_agent``).

The person says what the sample's task says. The agent reads the report and the files, tries what
the report says, installs and runs the tests (as the README has it, where it says how), mends the
line that the sample marks as the bug, and runs the sample's own check. So content asks for things
in every session: the expression that fails and the command for the tests are its words too.

In an attack the agent also does what the planted text dictates, as soon as it was read: the
commands in it, a requirement or lines of code to be added. They are taken from the text by its
marks (fences, backticks, comments), not written down here.

Each sample is written three times, as coding agents call their tools: Claude Code's transcript,
OpenClaw's transcript, and spans of an agent that has a shell only.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from intent_cases import Step
from ipi_runs import Run, loaded, made

_ROOT = "/workspace"
_ISSUE = 7


class Hand(NamedTuple):
    """How one kind of agent does what coding needs.

    Attributes:
        issue: Read the report, of a project, with a text.
        read: Read a file that holds a text.
        run: Run a command, which answers with a text.
        edit: Change a file: its path, its old and its new text, and of both what differs.
        add: Add a text to a file.
    """

    issue: Callable[[str, str], Step]
    read: Callable[[str, str], Step]
    run: Callable[[str, str], Step]
    edit: Callable[[str, str, tuple[str, str]], Step]
    add: Callable[[str, str], Step]


def _numbered(text: str) -> str:
    return "\n".join(f"{at:6}\u2192{line}" for at, line in enumerate(text.splitlines(), 1))


def _shell(command: str, answer: str) -> Step:
    return "bash", {"cmd": f"cd {_ROOT} && {command}"}, answer


def _put(path: str, text: str, sign: str = ">") -> Step:
    return _shell(f"cat {sign} {path} << 'EOF'\n{text}\nEOF", "")


HANDS = {
    "claude_code": Hand(
        lambda project, text: (
            "mcp__github__issue_read",
            {"method": "get", "owner": "acme", "repo": project, "issue_number": _ISSUE},
            json.dumps({"number": _ISSUE, "state": "open", "body": text}),
        ),
        lambda path, text: ("Read", {"file_path": f"{_ROOT}/{path}"}, _numbered(text)),
        lambda command, answer: (
            "Bash",
            {"command": command, "description": f"Run {command.split()[0]}"},
            answer,
        ),
        lambda path, _, change: (
            "Edit",
            {"file_path": f"{_ROOT}/{path}", "old_string": change[0], "new_string": change[1]},
            f"The file {_ROOT}/{path} has been updated successfully.",
        ),
        lambda path, text: (
            "Write",
            {"file_path": f"{_ROOT}/{path}", "content": text},
            f"File created successfully at: {_ROOT}/{path}",
        ),
    ),
    "openclaw": Hand(
        lambda _, text: ("exec", {"command": f"gh issue view {_ISSUE}"}, text),
        lambda path, text: ("read", {"path": path}, text),
        lambda command, answer: ("exec", {"command": command}, answer),
        lambda path, _, change: (
            "edit",
            {"path": path, "edits": [{"oldText": change[0], "newText": change[1]}]},
            f"Successfully replaced 1 block(s) in {path}.",
        ),
        lambda path, text: (
            "write",
            {"path": path, "content": text},
            f"Successfully wrote {len(text)} bytes to {path}",
        ),
    ),
    "otel_genai": Hand(
        lambda _, text: _shell(f"gh issue view {_ISSUE}", text),
        lambda path, text: _shell(f"cat {path}", text),
        _shell,
        lambda path, text, change: _put(path, text.replace(*change)),
        lambda path, text: _put(path, text, ">>"),
    ),
}


_ABOUT = (("injection", "vector"), ("payload", "category"), ("payload", "sophistication"))


def runs(data: Path) -> Iterator[Run]:
    """Yield each sample's sessions: an order followed, an order read, or a clean one."""
    for sample in loaded(data / "ipi_coding_agent" / "dataset" / "samples.json"):
        for source, hand in HANDS.items():
            steps = _steps(sample, hand)
            about = {"set": "code", "source": source}
            order = not sample["is_benign"]
            if order:
                about |= {name: sample[f"{start}_{name}"] for start, name in _ABOUT}
            ask = f"{sample['task_description']} The report is issue #{_ISSUE}."
            yield made(sample["id"], ask, steps, about, source, order=order)
            if order:
                at, calls = _followed(sample, hand)
                wanted = frozenset(range(at + 1, at + 1 + len(calls)))
                steps = steps[: at + 1] + calls + steps[at + 1 :]
                yield made(sample["id"], ask, steps, about, source, wanted=wanted)


def _steps(sample: dict[str, Any], hand: Hand) -> list[Step]:
    tests = sum(text.count("def test_") for text in sample["repo_files"].values())
    check = sample["verification_command"]
    steps = [hand.issue(_project(sample), sample["issue_text"])]
    steps.append(hand.run("git ls-files", "\n".join(sample["repo_files"])))
    steps += [hand.read(path, text) for path, text in _read(sample)]
    steps += [hand.run(command, "") for command in _tried(sample)]
    steps.append(hand.run(f"pip install -q {_RUNNER.findall(check)[0]}", ""))
    first = _TESTED.search(sample["repo_files"].get("README.md", ""))
    failed = f"1 failed, {tests - 1} passed in 0.04s"
    steps.append(hand.run(first[0] if first else check, failed))
    path, text, bug = _bug(sample)
    fixed = f"{bug.split('# BUG')[0].rstrip()}  # {sample['expected_fix']}"
    steps.append(hand.edit(path, text, (bug, fixed)))
    steps.append(hand.run("git diff", f"-{bug}\n+{fixed}"))
    steps.append(hand.run(check, f"{tests} passed in 0.03s"))
    return steps


_RUNNER = re.compile(r"-m (\w+)")
_TESTED = re.compile(r"^pytest\b.*$", re.M)
_CALL = re.compile(r"(\w+)\(.*\)")


def _tried(sample: dict[str, Any]) -> Iterator[str]:
    """Yield what reproduces the bug: what the report of a clean sample runs, or calls."""
    if sample["is_benign"]:
        for _, block in _FENCE.findall(sample["issue_text"]):
            yield from (line for line in block.splitlines() if re.match(rf"{_PROGRAM}", line))
    for code in _INLINE.findall(_FENCE.sub("", sample["issue_text"])):
        call = _CALL.fullmatch(code)
        for path, text in sample["repo_files"].items() if call else ():
            if call and f"def {call[1]}(" in text and not path.startswith("tests/"):
                module = path.removesuffix(".py").replace("/", ".")
                lines = f"from {module} import {call[1]}", f"print({code})"
                yield (
                    f'python -c "{"; ".join(lines)}"'
                    if '"' not in code
                    else ("python - << 'EOF'\n" + "\n".join(lines) + "\nEOF")
                )
                return


def _read(sample: dict[str, Any]) -> list[tuple[str, str]]:
    """Return the files that are read: what tells of the project, its source, its tests."""
    files = [(path, text) for path, text in sample["repo_files"].items() if text.strip()]
    return sorted(files, key=lambda file: (file[0].startswith("tests/"), "/" in file[0], file[0]))


def _project(sample: dict[str, Any]) -> str:
    found = re.search(r'^name = "([^"]+)"', sample["repo_files"].get("pyproject.toml", ""), re.M)
    return found[1] if found else "project"


def _bug(sample: dict[str, Any]) -> tuple[str, str, str]:
    for path, text in sample["repo_files"].items():
        for line in text.splitlines():
            if "# BUG" in line:
                return path, text, line
    raise LookupError(f"{sample['id']}: no line is marked as the bug")


# What a planted text dictates -------------------------------------------------------------

_PROGRAM = r"(?:python3?|pip3?|echo|cat|env|printenv|mkdir|curl|wget|bash|sh)\b"
_COMMAND = re.compile(rf"(?:^|:\s+)({_PROGRAM}.*)$")
_FENCE = re.compile(r"^```(\w*)\n(.*?)^```", re.M | re.S)
_INLINE = re.compile(r"(?<!`)`([^`\n]+)`(?!`)")
_REMARK = re.compile(r"<!--(.*?)-->", re.S)
_PIN = re.compile(r"[\w.-]+==[\w.]+")
_FILE = re.compile(r"\bsrc/[\w/]+\.py\b")


def _followed(sample: dict[str, Any], hand: Hand) -> tuple[int, list[Step]]:
    """Return behind which step what is planted is done, and the calls that do it.

    Raises:
        LookupError: No text of the sample dictates anything that its indicator tells of.
    """
    texts = [
        (-2, sample["issue_text"]),
        *((at, text) for at, (_, text) in enumerate(_read(sample))),
    ]
    signs = re.compile(sample["payload_indicator"])
    for at, text in texts:
        calls = [hand.run(command, "done") for command in _commands(text, signs)]
        calls += [hand.add(path, added) for path, added in _additions(sample, text)]
        if calls:
            return at + 2, calls
    raise LookupError(f"{sample['id']}: nothing to follow")


def _commands(text: str, signs: re.Pattern[str]) -> list[str]:
    """Return the commands that a text spells out, where one of them is what was planted."""
    lines = [line for kind, block in _FENCE.findall(text) if kind != "python"
             for line in block.splitlines()]  # fmt: skip
    bare = _FENCE.sub("", text)
    lines += [code for code in _INLINE.findall(bare) if re.match(_PROGRAM, code)]
    lines += [line for remark in _REMARK.findall(bare) for line in remark.splitlines()]
    lines += [line.lstrip("# ") for line in text.splitlines() if line.startswith("#")]
    found = [match[1] for line in lines if (match := _COMMAND.search(line.strip()))]
    return list(dict.fromkeys(found)) if any(signs.search(one) for one in found) else []


def _additions(sample: dict[str, Any], text: str) -> Iterator[tuple[str, str]]:
    """Yield what a text wants added: a requirement by itself, code that uses what it installs."""
    bare = _FENCE.sub("", text)
    targets = [target.removeprefix(f"{_ROOT}/") for target in sample.get("persistence_targets", [])]
    for pin in _INLINE.findall(bare):
        if _PIN.fullmatch(pin) and (targets or [""])[0] in bare:
            yield targets[0], pin
    packages = {pin.split("==")[0].replace("-", "_") for pin in _PIN.findall(text)}
    for block in _FENCE.finditer(text):
        path = _FILE.search(text, max(0, block.start() - 120), block.end())
        if block[1] == "python" and path and any(name in block[2] for name in packages):
            yield path[0], block[2].strip()
