"""Proof: asks until an effect shows, or until it should have shown.

A 200 is not containment: what was done is verified by a read, and where the agent's side can be
tried, by a probe. It is asked again after 0.1 s, then ever more slowly.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from tenacity import RetryCallState, Retrying, retry_if_result, stop_after_delay, wait_exponential

from agentwarrant.errors import ObserveOnly, ResponseError
from agentwarrant.respond.action import Action, Step, Verification
from agentwarrant.respond.ledger.words import words_of
from agentwarrant.respond.transport import Transport

FIRST_S = 0.1
SLOWEST_S = 5.0
_GROWTH = 1.6
_SHORTEST_S = 0.5

Sleep = Callable[[float], None]


@dataclass(frozen=True, slots=True)
class Proof:
    """What the last look showed.

    Attributes:
        holds: The effect is there.
        was_read: There was an answer; otherwise nothing is known.
        words: Why there was none.
    """

    holds: bool
    was_read: bool = True
    words: str = ""


def patience_of(action: Action) -> float:
    """Return how many seconds an action's effect may take to show, with room to spare."""
    return max(action.propagation_seconds * 3, _SHORTEST_S)


def is_proof(action: Action, step: Step) -> bool:
    """Can a step be proven? Not by the word of a vendor that is known to lie."""
    return action.word_is_enough or bool(step.probes)


def look(action: Action, step: Step, transport: Transport) -> Proof:
    """Look once whether a step's effect is there."""
    return _looked(lambda: action.verify(step, transport))


def shows(
    action: Action, step: Step, transport: Transport, seconds: float, sleep: Sleep = time.sleep
) -> Proof:
    """Ask until a step's effect shows, for so many seconds; 0: once."""
    return _until(lambda: look(action, step, transport), seconds, sleep)


def shows_undone(
    check: Verification, transport: Transport, seconds: float, sleep: Sleep = time.sleep
) -> Proof:
    """Ask until a read shows what it should, for so many seconds."""
    holds = lambda: check.holds(transport.send(check.request))  # noqa: E731 # one line, used once
    return _until(lambda: _looked(holds), seconds, sleep)


def shows_gone(
    action: Action, step: Step, transport: Transport, seconds: float, sleep: Sleep = time.sleep
) -> Proof:
    """Ask until a step's effect does not show any more, for so many seconds."""
    return _until(lambda: _looked(lambda: not action.verify(step, transport)), seconds, sleep)


def _looked(holds: Callable[[], bool]) -> Proof:
    try:
        return Proof(bool(holds()))
    except ObserveOnly:  # a check that is no read is a fault of the vendor's file
        raise
    except ResponseError as error:
        return Proof(False, False, words_of(error))
    except Exception as error:  # hostile answers break readers: then nothing is known
        return Proof(False, False, words_of(error))


def _until(ask: Callable[[], Proof], seconds: float, sleep: Sleep) -> Proof:
    again: Retrying = Retrying(
        retry=retry_if_result(lambda proof: not proof.holds),
        stop=stop_after_delay(seconds),
        wait=wait_exponential(multiplier=FIRST_S, exp_base=_GROWTH, max=SLOWEST_S),
        sleep=sleep,
        retry_error_callback=_last,
    )
    found: Proof = again(ask)
    return found


def _last(state: RetryCallState) -> Proof:
    assert state.outcome is not None  # noqa: S101 # there is one whenever this is called
    found: Proof = state.outcome.result()
    return found
