"""Corrects what was heard: a teacher's words, or which of the speakers is the learner."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from uuid import UUID

from models.corrections import Corrections, Seen
from pipeline.errors import PermanentError
from pipeline.values import UNKNOWN, Correction, Line, Speaker, Upload
from pipeline.written import STRAY, WrittenTranscript, forms

PART = 0.5
"""Share of the words that were heard, below which a transcript is a part of the talk: a recogniser's
loops and inventions are words too, but never half of them in our recordings."""


def correct(
    corrections: Corrections,
    conversation_id: UUID,
    *,
    written: WrittenTranscript | None = None,
    learner: str | None = None,
) -> UUID:
    """The run that judges it as corrected; readers see it when it is scored, and what was before stays.

    `learner` is a label (S2) or a role; without it the learner stays who it is, unless the transcript says another.
    PermanentError, with what to do, for a transcript that cannot be this conversation's.
    """
    seen = corrections.seen(conversation_id)
    upload = _corrected(seen, written, learner)
    if upload == seen.upload:
        raise PermanentError(
            "Nothing would change: this is what readers see already.",
            code="unchanged",
            advice="Give another transcript or another learner.",
        )
    return corrections.begin(conversation_id, seen.run_id, upload)


def _corrected(seen: Seen, written: WrittenTranscript | None, learner: str | None) -> Upload:
    names = _names(seen.dialogue.speakers)
    lines = _lines(seen, written, names) if written else None
    now = seen.dialogue.learner
    told = learner or (written.learner if written else None)
    label = _label(told, names) if told else (now.label if now else None)
    return replace(
        seen.upload,
        correction=Correction(lines=lines) if lines else seen.upload.correction,
        learner_label=label or seen.upload.learner_label,
    )


def _lines(seen: Seen, written: WrittenTranscript, names: Mapping[str, str]) -> tuple[Line, ...]:
    """Without words of their own: their times are those at which they were heard."""
    lines = tuple(
        Line(
            speaker=_label(one.speaker, names),
            text=" ".join(one.text.split()),
            start=one.start,
            end=one.end,
        )
        for one in written.lines
    )
    said = sum(len(forms(one)) for one in lines)
    heard = sum(len(one.words) for one in seen.dialogue.segments)
    if said < PART * heard:
        raise PermanentError(
            f"The transcript has {said} words, where {heard} were heard.",
            code="bad-transcript",
            advice="Give the whole conversation, not a part of it.",
        )
    last = max((one.end for one in lines if one.end is not None), default=0.0)
    if last > seen.recording.duration + STRAY:
        raise PermanentError(
            f"The transcript goes on to {last:.1f} s, the recording ends at {seen.recording.duration:.1f} s.",
            code="bad-transcript",
            advice="Check that it is of this conversation, and that its times are seconds.",
        )
    return lines


def _names(speakers: Sequence[Speaker]) -> dict[str, str]:
    """Labels by what speakers may be called, in small letters: their label, and their role where it is known."""
    roles = {one.role.casefold(): one.label for one in speakers if one.role != UNKNOWN}
    return roles | {one.label.casefold(): one.label for one in speakers}


def _label(name: str, names: Mapping[str, str]) -> str:
    found = names.get(name.casefold())
    if found is None:
        roles = sorted(one for one, label in names.items() if one != label.casefold())
        known = ", ".join([*roles, *sorted(set(names.values()))]) or "nobody"
        raise PermanentError(
            f"Nobody in this conversation is named {name}.",
            code="unknown-speaker",
            advice=f"Name the speakers as an export does: {known}.",
        )
    return found
