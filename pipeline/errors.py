"""The two ways in which work may fail, both told in a sentence that a teacher understands."""

from __future__ import annotations


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
    """Something outside went wrong just now: tried again with backoff, until the attempts are used up."""


class UnavailableError(TransientError):
    """A service is away: waited for, for as long as it takes, at no cost of attempts.

    `service` names it for people ("grammar server"). `shared` is True for what all workers reach or
    miss together; what one machine lacks, such as disk space, says nothing of the others.
    """

    def __init__(
        self, message: str, *, code: str, service: str, advice: str = "", shared: bool = True
    ) -> None:
        """As every expected failure, with the service's name."""
        super().__init__(message, code=code, advice=advice)
        self.service = service
        self.shared = shared


class PermanentError(ColloquyError):
    """Trying again cannot help (a broken file, no sound): never retried, kept as a dead letter."""


class ClaimLostError(Exception):
    """The run was ended, deleted or overtaken while its stage worked: the work ends, and nobody is told."""
