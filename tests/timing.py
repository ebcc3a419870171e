"""How long something takes, whatever else this machine and this process have to do."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable

_TRIES = 3


def once_of_three(holds: Callable[[], bool]) -> bool:
    """Is a bound on time kept at least once of three times?

    What else a machine has to do can spoil one measurement; work that is too slow spoils all.
    """
    return any(holds() for _ in range(_TRIES))


def seconds(work: Callable[[], object]) -> float:
    """Return how much of a processor ``work`` takes.

    The collector is off meanwhile: it looks at all that a whole run of tests has left behind.
    """
    was = gc.isenabled()
    gc.disable()
    try:
        begun = time.process_time()
        work()
        return time.process_time() - begun
    finally:
        if was:
            gc.enable()
