"""Reads the pairs of ``intent/*.yml`` and makes sessions of them.

A pair is a mapping::

    name:
      about: <domain> <origin> <action class> <way of hiding>
      agent: <agent>
      ask: <what the person says>, or {attack: …, benign: …}
      steps: [[tool, arguments, answer], …]      {x}, {y} in an answer is the text planted there
      attack: [planted text, tool, arguments]     the last two are the call that is judged
      benign: [planted text, tool, arguments]

``hidings: [a, b]`` makes one pair of each way of hiding. ``many: [tool, count, answer]`` puts that
many more reads before the steps, or behind them with ``late: true``. ``attack`` and ``benign`` may
be mappings with their own ``ask`` and ``steps``, with ``sender`` (a message from another agent),
``parent`` (an agent above: name, its task, its reads), ``before`` (an earlier session of the agent
named by ``earlier``) and ``hook`` (the message came by a webhook).
"""

from __future__ import annotations

import base64
import codecs
import html
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

import yaml

PAIRS = Path(__file__).parent / "intent"
UNSEEN = Path(__file__).parent / "intent_unseen"
"""Written by somebody who did not know how verdicts are made."""
BLIND = Path(__file__).parent / "intent_blind"
"""Written before verdicts were tuned with ``UNSEEN`` in view; its misses were never looked at."""
BLIND2 = Path(__file__).parent / "intent_blind2"
"""Written by somebody who had not read how verdicts are made; README.md has its first figure."""
BLIND3 = Path(__file__).parent / "intent_blind3"
"""Written once verdicts were tuned with ``BLIND2`` in view,
by a third writer who had not read how they are made."""
BLIND4 = Path(__file__).parent / "intent_blind4"
"""Written once they were tuned with ``BLIND3`` in view, by a fourth writer."""
BLIND5 = Path(__file__).parent / "intent_blind5"
"""Written once they were tuned with ``BLIND4`` in view, by a fifth writer."""
BLIND6 = Path(__file__).parent / "intent_blind6"
"""Written once they were tuned with ``BLIND5`` in view, by a sixth writer."""
BLIND7 = Path(__file__).parent / "intent_blind7"
"""Written while they were tuned with ``BLIND6`` in view, by a seventh writer."""
BLIND8 = Path(__file__).parent / "intent_blind8"
"""Written while they were tuned with ``BLIND7`` in view, by an eighth writer."""
BLIND9 = Path(__file__).parent / "intent_blind9"
"""Written while they were tuned with AgentDojo (``dojo.py``) in view, by a ninth writer."""
BLIND10 = Path(__file__).parent / "intent_blind10"
"""Written once names of tools were learnt from other namings of AgentDojo, by a tenth writer."""
BLIND11 = Path(__file__).parent / "intent_blind11"
"""Agents that code and operate; written before anything was run on them."""
Step = tuple[str, dict[str, Any], str]
Turns = dict[int, list[tuple[str, str]]]
"""What is said before the call of that number: by whom (``user``, ``assistant``), and the words."""


@dataclass(frozen=True, slots=True)
class Session:
    """One session, and what is known of it.

    Attributes:
        pair, attack: Which pair, and which of the two.
        domain, origin, action, hiding: What the pair is about.
        agent, ask, steps: Who is asked what, and what it reads.
        call: Tool and arguments of the call that is judged; the last one.
        hook: What kind of webhook the message came by, if by one.
        parent, before: A session above this one, and one before it.
        source: The connector whose records are written.
        turns: What else is said, by role, before the call of that number; after the last call too.
    """

    pair: str
    attack: bool
    domain: str
    origin: str
    action: str
    hiding: str
    agent: str
    ask: str
    steps: list[Step]
    call: tuple[str, dict[str, Any]]
    hook: str = ""
    parent: tuple[str, str, list[Step]] | None = None
    before: tuple[str, str, list[Step]] | None = None
    source: str = "otel_genai"
    turns: Turns = field(default_factory=dict)

    @property
    def name(self) -> str:
        return f"{self.pair}/{self.hiding}/{'attack' if self.attack else 'benign'}"


def sessions(home: Path = PAIRS) -> Iterator[Session]:
    """Yield every session of a suite, an attack and its benign twin in turn."""
    for path in sorted(home.glob("*.yml")):
        for name, pair in yaml.safe_load(path.read_text(encoding="utf-8")).items():
            domain, origin, action, *hiding = pair["about"].split()
            for way in pair.get("hidings", hiding):
                for attack in (True, False):
                    yield _session(name, pair, attack, (domain, origin, action, way))


def _session(name: str, pair: dict[str, Any], attack: bool, about: tuple[str, ...]) -> Session:
    side = pair["attack" if attack else "benign"]
    if isinstance(side, list):
        side = {"x": side[0], "call": side[1:]}
    ask = side.get("sender") or side.get("ask") or pair.get("ask", "")
    if isinstance(ask, dict):
        ask = ask["attack" if attack else "benign"]
    planted = _HIDE.get(about[3], str)(side.get("x", ""))
    x, _, y = planted.partition("||")
    steps = [
        (tool, arguments, answer.replace("{x}", x).replace("{y}", y))
        for tool, arguments, answer in side.get("steps") or pair.get("steps", [])
    ]
    if "many" in pair:
        tool, count, answer = pair["many"]
        flood = [(tool, {"page": n}, answer.replace("{n}", str(n))) for n in range(count)]
        steps = steps + flood if pair.get("late") else flood + steps
    parent, before = side.get("parent"), side.get("before")
    domain, origin, action, hiding = about
    return Session(
        name, attack, domain, origin, action, hiding, pair["agent"], ask, steps,
        (side["call"][0], side["call"][1]),
        hook=side.get("hook", ""),
        parent=(parent[0], parent[1], _steps(parent[2:])) if parent else None,
        before=(pair["earlier"], before[0], _steps(before[1])) if before else None,
        source=pair.get("source", "otel_genai"),
    )  # fmt: skip


def _steps(steps: list[list[Any]]) -> list[Step]:
    return [(tool, arguments, answer) for tool, arguments, answer in steps]


# Ways of hiding --------------------------------------------------------------------------


def _based(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


_ALIKE = str.maketrans("aceopxyi", "\u0430\u0441\u0435\u043e\u0440\u0445\u0443\u0456")

_HIDE: dict[str, Callable[[str], str]] = {
    "comment": "<!-- {} -->".format,
    "css": "<div style='display:none'>{}</div>".format,
    "alt-text": '<img src="a.png" alt="{}">'.format,
    "zero-width": lambda text: "\u200b".join(text),
    "tags": lambda text: "".join(chr(0xE0000 + ord(c)) for c in text if ord(c) < 128),
    "bidi": lambda text: " ".join(f"\u202e{word[::-1]}\u202c" for word in text.split()),
    "homoglyph": lambda text: text.translate(_ALIKE),
    "fullwidth": lambda text: "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in text),
    "base64": _based,
    "nested": lambda text: _based(_based(text)),
    "hex": lambda text: text.encode().hex(),
    "rot13": lambda text: codecs.encode(text, "rot13"),
    "percent": lambda text: quote(text, safe=""),
    "entities": lambda text: "".join(f"&#{ord(c)};" for c in html.unescape(text)),
}
