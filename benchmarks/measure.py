"""What every measurement here needs: the machine's name, a quiet collector, a table."""

from __future__ import annotations

import gc
import importlib.metadata
import os
import platform
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path


def machine(packages: Sequence[str] = ("orjson",)) -> str:
    """Return date, Python, processor and versions of packages in one line."""
    model = "unknown processor"
    info = Path("/proc/cpuinfo")
    for line in info.read_text().splitlines() if info.exists() else ():
        if line.startswith("model name"):
            model = line.partition(":")[2].strip()
            break
    versions = ", ".join(f"{name} {importlib.metadata.version(name)}" for name in packages)
    python = f"Python {platform.python_version()}"
    return f"{time.strftime('%Y-%m-%d')}, {python}, {os.cpu_count()} x {model}, {versions}"


@contextmanager
def quiet() -> Iterator[None]:
    """Collect before, and not while something is timed."""
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a Markdown table, its first column to the left and the rest to the right."""
    lines = [head, ["---", *["--:"] * (len(head) - 1)], *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)
