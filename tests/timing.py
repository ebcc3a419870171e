"""How long something takes, whatever else this machine and this process have to do."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable


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
