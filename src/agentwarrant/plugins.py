"""Finds leaves by looking: in the installed folders and at entry points. There is no list.

A leaf of the project is a module in ``connectors/`` or ``playbooks/vendors/``; names that begin
with an underscore are helpers. A leaf of somebody else is an entry point in the group
``agentwarrant.connectors`` or ``agentwarrant.vendors``.
"""

from __future__ import annotations

import inspect
import pkgutil
from collections.abc import Iterator
from importlib import import_module
from importlib.metadata import entry_points
from types import ModuleType
from typing import TypeVar

T = TypeVar("T")


def modules(package: str, group: str) -> Iterator[ModuleType]:
    """Yield the modules of a package of leaves, then those that entry points name."""
    home = import_module(package)
    for info in sorted(pkgutil.iter_modules(home.__path__), key=lambda i: i.name):
        if not info.name.startswith("_"):
            yield import_module(f"{package}.{info.name}")
    for point in sorted(entry_points(group=group), key=lambda p: p.name):
        loaded = point.load()
        yield loaded if isinstance(loaded, ModuleType) else import_module(loaded.__module__)


def classes(module: ModuleType, base: type[T]) -> Iterator[type[T]]:
    """Yield the concrete subclasses of ``base`` that a module defines itself; ``_`` helps only."""
    for name, found in inspect.getmembers(module, inspect.isclass):
        own = found.__module__.startswith(module.__name__) and not name.startswith("_")
        if own and issubclass(found, base) and not inspect.isabstract(found):
            yield found
