"""Drafts one Sigma rule after another, each with an example of what it finds.

A rule about what everybody does (a program, a switch, a folder of the system) asks for something
rare besides, or leaves out the usual places; else it would find something all day.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import sigma_words as words
from sigma_fields import Category

Maker = Callable[[words.Chance], str]


@dataclass(frozen=True, slots=True)
class Made:
    """A rule in the fields' short names, and values of an event that it finds."""

    document: dict[str, Any]
    category: str
    channel: str
    event_id: int
    example: dict[str, Any]


@dataclass(slots=True)
class _Example:
    """What one field must hold: a whole value, or a start, pieces and an end."""

    whole: Any = None
    start: str = ""
    pieces: list[str] = field(default_factory=list)
    end: str = ""

    def value(self) -> Any:
        return self.whole or self.start + " ".join(self.pieces) + self.end


class Draft:
    """One rule while it is written."""

    def __init__(self, number: int, category: Category) -> None:
        self.chance = words.Chance(number * 7919 + 17)
        self.chance.rules = True
        self.category = category
        self.examples: dict[str, _Example] = {}
        few = self.chance.choice([1, 1, 1, 2]) if len(category.ids) > 3 else len(category.ids)
        self.ids = self.chance.sample(category.ids, k=few)

    def made(self, number: int) -> Made:
        chance, category = self.chance, self.category
        if chance.random() < category.keywords:
            detection, source = self._keywords()
        else:
            source = {"Channel": category.channel, "EventID": _one_or_list(self.ids)}
            detection = self._detection()
        condition = detection.pop("condition")
        if source:
            detection = {"source": source, **detection}
            condition = f"source and {condition}"
        document = {
            "title": f"Generated {category.name} {number:04}",
            "id": str(uuid.UUID(int=chance.getrandbits(128), version=4)),
            "status": "test",
            "description": f"{category.name} that looks like {words.stem(chance)}",
            "logsource": {"product": "windows", "category": category.name},
            "detection": {**detection, "condition": condition},
            "level": chance.choice(["low", "medium", "high", "critical"]),
        }
        example = {name: kept.value() for name, kept in self.examples.items()}
        return Made(document, category.name, category.channel, chance.choice(self.ids), example)

    def _keywords(self) -> tuple[dict[str, Any], dict[str, Any]]:
        count = self.chance.randint(8, 36)
        found = [words.tool(self.chance) + words.stem(self.chance) for _ in range(count)]
        self.examples[self.category.main[0][0]] = _Example(whole=f"x {found[0]} y")
        whole = self.chance.random() < 0.08
        source = {} if whole else {"Channel": self.category.channel}
        return {"keywords": sorted(set(found)), "condition": "keywords"}, source

    def _detection(self) -> dict[str, Any]:
        chance = self.chance
        made: dict[str, Any] = {}
        if self.category.images and chance.random() < 0.05:
            return self._out_of_place()
        count = chance.choices((1, 2, 3), (36, 44, 20))[0]
        if self.category.images and (count > 1 or chance.random() < 0.15):
            # A program that everybody uses is worth a finding only for what else it does.
            chance.bare = 0.5 * (count > 1)
            made["selection_img"] = self._images()
        loose = chance.random() < 0.1
        while len(made) < count:
            first = len(made) == ("selection_img" in made)
            self.chance.rules = first or loose or chance.random() < 0.4
            made[f"selection_{len(made)}"] = self._selection(exact=not first and not loose)
        loose &= "selection_img" not in made
        filters = chance.choices((0, 1, 2), (56, 30, 14))[0] or int(self.category.networks)
        for index in range(filters):
            made[f"filter_main_{index}"] = self._filter()
        if count == 1:
            (condition,) = [name for name in made if name.startswith("selection")]
        else:
            condition = f"{'1' if loose else 'all'} of selection_*"
        return {**made, "condition": condition + (" and not 1 of filter_*" if filters else "")}

    def _out_of_place(self) -> dict[str, Any]:
        """A program that is everywhere, in a folder where it does not belong."""
        name = self.category.images[0]
        picked = sorted({words.pick(self.chance, words.COMMON, 1.2) for _ in range(3)})
        ends = [f"\\{program}.exe" for program in picked]
        self._example(name).start, self._example(name).end = "C:\\Users\\Public\\x", ends[0]
        return {
            "selection": {f"{name}|endswith": _one_or_list(ends)},
            "filter_main_0": {f"{name}|startswith": [*_PLACES, words.SYSTEM]},
            "condition": "selection and not 1 of filter_*",
        }

    def _images(self) -> Any:
        """Programs by the ends of their paths, or by the names that they were built with."""
        chance = self.chance
        name = words.pick(chance, self.category.images, 1.8)
        count = min(20, 1 + int(chance.expovariate(0.42)))
        ends = sorted({words.program(chance) for _ in range(count)})
        self._example(name).end = chance.choice(ends)
        test: dict[str, Any] = {f"{name}|endswith": _one_or_list(ends)}
        if self.category.name != "process_creation" or chance.random() < 0.28:
            return test
        return [test, {"OriginalFileName": _one_or_list([end[1:] for end in ends])}]

    def _selection(self, exact: bool) -> dict[str, Any]:
        chance, category = self.chance, self.category
        kind = chance.random()
        chance.bare = 0.0 if chance.rules else 0.3
        if category.equals and exact and kind < category.exact * 3.5:
            return self._equal()
        name, maker, ends = chance.choices(category.main, category.weights)[0]
        if kind > 0.938:
            return self._regex(name)
        if kind > 0.895:
            return self._wildcard(name)
        if chance.random() < ends:
            texts = self._texts(maker, 0.3)
            self._example(name).end = chance.choice(texts)
            return {f"{name}|endswith": _one_or_list(texts)}
        if chance.random() < 0.14:
            texts = [words.SYSTEM + text.strip("\\ ") for text in self._texts(maker, 0.6)]
            self._example(name).start = chance.choice(texts)
            return {f"{name}|startswith": _one_or_list(texts)}
        if chance.random() < 0.33:
            texts = [maker(chance)]
            chance.bare = 0.5
            texts += dict.fromkeys(maker(chance) for _ in range(chance.randint(1, 3)))
            self._example(name).pieces += texts
            return {f"{name}|contains|all": texts}
        texts = self._texts(maker, 0.066)
        self._example(name).pieces.append(chance.choice(texts))
        dashed = maker is words.argument and chance.random() < 0.12
        return {f"{name}|contains{'|windash' if dashed else ''}": _one_or_list(texts)}

    def _texts(self, maker: Maker, rate: float) -> list[str]:
        count = min(160, 1 + int(self.chance.expovariate(rate)))
        return sorted({maker(self.chance) for _ in range(count)})

    def _equal(self) -> dict[str, Any]:
        chance = self.chance
        made: dict[str, Any] = {}
        equals = self.category.equals
        for name, values in chance.sample(equals, k=min(2, len(equals))):
            picked: set[Any] = set(chance.choices(values, k=chance.choice([1, 2, 4, 8])))
            wanted = sorted(picked)
            self._example(name).whole = chance.choice(wanted)
            made[name] = _one_or_list(wanted)
            if chance.random() < 0.55:
                break
        return made

    def _regex(self, name: str) -> dict[str, Any]:
        chance = self.chance
        first, second = words.stem(chance), words.stem(chance)
        shapes = _BARE if chance.random() < 0.1 else _REGEXES
        pattern, example = chance.choice(shapes)
        fill = {"a": first, "b": second}
        self._example(name).pieces.append(example % fill)
        flag = "|i" if chance.random() < 0.25 else ""
        return {f"{name}|re{flag}": pattern % fill}

    def _wildcard(self, name: str) -> dict[str, Any]:
        patterns = []
        for _ in range(self.chance.randint(1, 4)):
            first, second = words.stem(self.chance), words.stem(self.chance)
            shape = self.chance.choice(["*{}\\\\*\\{}*", "*{} * {}*", "*{}-?{}*"])
            patterns.append(shape.format(first, second))
        example = patterns[0].strip("*").replace("\\\\*", "\\x").replace("*", "y").replace("?", "z")
        self._example(name).pieces.append(example)
        return {name: _one_or_list(patterns)}

    def _filter(self) -> dict[str, Any]:
        chance, category = self.chance, self.category
        kind = chance.random()
        chance.bare, chance.rules = 0.5, chance.random() < 0.5
        if category.networks and kind < 0.5:
            return {"DestinationIp|cidr": [*_PRIVATE, f"{chance.randint(20, 99)}.0.0.0/8"]}
        if kind < 0.04 and category.images:
            return {category.images[0]: None}
        if kind < 0.55 and category.images:
            ends = sorted({words.program(chance) for _ in range(chance.randint(1, 5))})
            return {f"{category.images[-1]}|endswith": _one_or_list(ends)}
        if kind < 0.68 and category.images:
            kept = [*_PLACES, words.SYSTEM][: chance.randint(1, 3)]
            return {f"{category.images[0]}|startswith": _one_or_list(kept)}
        if kind < 0.78 and category.images:
            plain = [words.SYSTEM + words.pick(chance, words.COMMON) + ".exe" for _ in range(3)]
            return {category.images[0]: sorted(set(plain))}
        name, maker, _ = chance.choice(category.main)
        return {f"{name}|contains": _one_or_list(self._texts(maker, 0.5))}

    def _example(self, name: str) -> _Example:
        return self.examples.setdefault(name, _Example())


_PLACES = ["C:\\Program Files\\", "C:\\Program Files (x86)\\"]
_PRIVATE = (
    "127.0.0.0/8 10.0.0.0/8 172.16.0.0/12 192.168.0.0/16 169.254.0.0/16 ::1/128 fe80::/10 fc00::/7"
).split()
_REGEXES = (
    (r"%(a)s[-_]?[0-9]{2,}\.(?:exe|dll|tmp)", "%(a)s_427.dll"),
    (r"(?:%(a)s|%(b)s)\s+[-/][a-z]{1,3}\s", "%(a)s -en x"),
    (r"\\%(a)s\\[a-z0-9]{6,12}\.", "\\%(a)s\\k3kd93ls.exe"),
    (r"%(a)s\([\"'][A-Za-z0-9+/]{16,}", "%(a)s('QUJDREVGR0hJSktMTU5P"),
    (r"[Ii]nvoke-%(a)s[A-Z][a-z]+", "Invoke-%(a)sMap"),
    (r"https?://[^/]+/%(a)s\.(?:ps1|hta|txt)", "http://q.example/%(a)s.ps1"),
)
_BARE = ((r"\s[a-z]:\\[0-9]{4,}\s", "x c:\\90210 y"), (r"[A-F0-9]{24,}=$", "0" * 24 + "="))


def _one_or_list(values: Sequence[Any]) -> Any:
    return values[0] if len(values) == 1 else list(values)
