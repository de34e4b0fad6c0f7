"""The two ways in which work may fail, both told in a sentence that a teacher understands."""

from __future__ import annotations

import errno


class ColloquyError(Exception):
    """An expected failure: what happened and, in `advice`, what to do about it."""

    def __init__(self, message: str, *, code: str, advice: str = "") -> None:
        """`message` and `advice` are whole sentences; `code` is stable and kebab-case, for programs."""
        super().__init__(message)
        self.message = message
        self.code = code
        self.advice = advice

    @property
    def sentence(self) -> str:
        """What happened and what to do, as people read it."""
        return f"{self.message} {self.advice}".strip()


class TransientError(ColloquyError):
    """Something outside is not there just now: tried again with backoff, shown as waiting."""


class PermanentError(ColloquyError):
    """Trying again cannot help (a broken file, no sound): never retried, kept as a dead letter."""


class ClaimLostError(Exception):
    """The run was ended, deleted or overtaken while its stage worked: the work ends, and nobody is told."""


def expected(error: Exception) -> Exception:
    """The error itself, but a full disk, which any tool may meet, as what it is: something that passes."""
    if isinstance(error, OSError) and error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return TransientError(
            "There is no space left on the worker's disk.",
            code="disk-full",
            advice="Make room where temporary files are kept.",
        )
    return error
