"""What the ledger notes of a failure, and what only the log may say of it."""

from __future__ import annotations

import logging
import random
import traceback
from dataclasses import dataclass

from pipeline.errors import ColloquyError
from pipeline.runner import Claim

log = logging.getLogger(__name__)

BUG = "An unexpected error stopped this stage; the operators' log has the details."
MEMORY = (
    "The recording needs more memory than a worker may use. "
    "Split it, or have the operators give the workers more."
)
BACKOFF = 5.0
"""Seconds before the second attempt; doubled for each further one, with up to as much jitter again."""
LONGEST_BACKOFF = 300.0
LONGEST_CODE = 50
"""Characters of the column."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """A code for programs and a sentence for people."""

    code: str
    sentence: str
    bug: bool


def told(error: Exception) -> Failure:
    """An expected failure tells itself; of a bug only the kind is told."""
    if isinstance(error, ColloquyError):
        return Failure(code=error.code, sentence=error.sentence, bug=False)
    if isinstance(error, MemoryError):
        return Failure(code="out-of-memory", sentence=MEMORY, bug=True)
    return Failure(code=f"bug-{type(error).__name__}"[:LONGEST_CODE], sentence=BUG, bug=True)


def cry(claim: Claim, error: Exception) -> None:
    """Where a bug was raised, without its message: that may hold what somebody said."""
    where = "".join(traceback.format_tb(error.__traceback__))
    told = {"run_id": str(claim.run_id), "stage": claim.stage}
    log.error("bug: %s\n%s", type(error).__name__, where, extra=told)


def backoff(attempt: int) -> float:
    """Seconds before the next attempt, with jitter so that a crowd does not come back at once."""
    base = min(LONGEST_BACKOFF, BACKOFF * 2.0 ** max(0, attempt - 1))
    return base * (1 + random.random())  # noqa: S311 - jitter, no secret
