"""A Splunk SOAR app, as a project that splunk-soar-sdk packages: one action for each verb.

The verbs are those that all vendors share (``respond.action.Verb``). What the responder can be
asked today is its webhook: it takes a match and plans in observe mode. So every action proposes,
says which verb was wanted, and changes nothing; the manifest says so of each.

``agentwarrant build splunk`` writes the project; packaging it needs splunk-soar-sdk and the wheels
of what it depends on, and is a step of its own (docs/splunk.md).
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from importlib.resources import files as resources
from pprint import pformat

from agentwarrant import __version__
from agentwarrant.respond.action import Action

APP_ID = uuid.UUID("4f0a3c52-6d0c-5a49-9d43-0d1c8b6ef2a7")
"""Of the app in SOAR: the same in every build, so that an upgrade finds it."""
_LOGO = """\
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 100 100" width="100" height="100">
<path fill="{ink}" d="M50 6 88 20v28c0 24-16 39-38 46C28 87 12 72 12 48V20Z"/>
<path fill="none" stroke="{paper}" stroke-width="9" d="m32 50 13 13 24-27"/>
</svg>
"""
_VERBS = '''\
"""Verbs of the responder: identifier, verb, name and where it would act. Generated."""

VERBS = {verbs}
'''


def files(actions: Iterable[Action]) -> dict[str, bytes]:
    """Return the project's files by their path in it.

    Args:
        actions: What the responder can plan.
    """
    folder = resources(__name__)
    read = {
        name: (folder / name).read_text(encoding="utf-8")
        for name in ("app.py.in", "pyproject.toml.in", "responder.py")
    }
    made = {
        "pyproject.toml": read["pyproject.toml.in"].replace("@VERSION@", __version__),
        "src/__init__.py": "",
        "src/app.py": read["app.py.in"].replace("@APPID@", str(APP_ID)),
        "src/responder.py": read["responder.py"],
        "src/verbs.py": _VERBS.format(verbs=pformat(verbs(actions), width=99)),
        "logo.svg": _LOGO.format(ink="#1b2a41", paper="#ffffff"),
        "logo_dark.svg": _LOGO.format(ink="#dfe7f2", paper="#1b2a41"),
    }
    return {path: text.encode() for path, text in made.items()}


def verbs(actions: Iterable[Action]) -> list[tuple[str, str, str, str]]:
    """Return of each verb that an action has: identifier, verb, name, and where it would act."""
    where: dict[str, set[str]] = {}
    for action in actions:
        where.setdefault(action.verb.value, set()).add(action.vendor)
    return [
        (
            f"propose_{verb}",
            verb,
            f"propose {verb.replace('_', ' ')}",
            f"{verb.replace('_', ' ').capitalize()}, at {', '.join(sorted(where[verb]))}.",
        )
        for verb in sorted(where)
    ]
