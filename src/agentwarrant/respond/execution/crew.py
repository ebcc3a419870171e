"""Several workers of one process, each in a thread: an agent does not wait for another's run."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from threading import Event

from sqlalchemy.exc import SQLAlchemyError

from agentwarrant.respond.execution.worker import Worker

_LOOK_S = 1.0


def work(
    workers: Sequence[Worker],
    *,
    until_idle: bool = False,
    stop: Event,
    meanwhile: Callable[[], None] = lambda: None,
) -> None:
    """Let workers take run after run, as ``Worker.work`` does; return when each has ended.

    Args:
        workers: They share a ledger.
        until_idle: End when nothing can be done now.
        stop: Ends each after the run at hand.
        meanwhile: Called about once a second, and at the end; where the database is away it is
            tried again, as workers do.

    Raises:
        Exception: What went wrong in a worker; the others have finished the run at hand.
    """
    with ThreadPoolExecutor(len(workers), "worker") as pool:
        going = [pool.submit(one.work, until_idle=until_idle, stop=stop) for one in workers]
        try:
            left = set(going)
            while left:
                done, left = wait(left, _LOOK_S, FIRST_EXCEPTION)
                if any(one.exception() for one in done):
                    break
                try:
                    meanwhile()
                except SQLAlchemyError:
                    if until_idle:
                        raise
        finally:
            stop.set()
    for one in going:
        one.result()
