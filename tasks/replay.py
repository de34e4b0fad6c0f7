"""Takes up again what ended as a dead letter."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from models.dead_letters import DeadLetters, Letter
from pipeline.errors import PermanentError
from tasks.dispatch import dispatch
from tasks.intake import UPLOADS, find, receive
from tasks.services import Services


def replay(letter_id: UUID, letters: DeadLetters, make: Callable[[], Services]) -> None:
    """Resume its run, or look again at an object that was refused; PermanentError says why it cannot be."""
    letter = letters.get(letter_id)
    if letter.run_id is None and letter.replayed_at is None and letter.discarded_at is None:
        _look_again(letter, make)
        letters.looked_again(letter_id)
        return
    letters.replay(letter_id)
    dispatch(make())


def _look_again(letter: Letter, make: Callable[[], Services]) -> None:
    parts = (letter.media_key or "").split("/", 2)
    if parts[0] != UPLOADS or len(parts) < 3:  # noqa: PLR2004 - uploads, conversation, file name
        raise PermanentError(
            "This dead letter names no upload that could be looked at again.",
            code="no-upload",
            advice="Send the event again, then discard it.",
        )
    if parts[2]:
        answer = receive(str(letter.media_key), make(), encoded=False)
    else:
        # From `enqueue`, which names the conversation only.
        answer = find(_conversation(parts[1]), make())
    if answer.run_id is None:
        raise PermanentError(f"The upload was refused again: {answer.reason}", code="refused-again")


def _conversation(name: str) -> UUID:
    """A folder that was made in the bucket by hand may have any name."""
    try:
        return UUID(name)
    except ValueError:
        raise PermanentError(
            "The folder that this dead letter names is of no conversation.",
            code="no-conversation",
            advice="Discard it.",
        ) from None
