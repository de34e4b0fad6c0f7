"""Diarize: who speaks when."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial

from pydantic import TypeAdapter

from pipeline.errors import PermanentError
from pipeline.heard import DiarizedSpeech
from pipeline.parts import kept
from pipeline.ports import Diarizer, MediaStore, VoiceActivity
from pipeline.stage import Context, stage
from pipeline.values import Notice, Recording, Span, SpeakerTurns, Turn, Upload, VoiceMatch

NOBODY = Notice(code="no-speech", message="Nobody speaks in the recording, as far as can be heard.")
SPEECH: TypeAdapter[tuple[Span, ...]] = TypeAdapter(tuple[Span, ...])


@stage(version=4)
def diarize(
    upload: Upload,
    recording: Recording,
    *,
    media: MediaStore,
    voice_activity: VoiceActivity,
    diarizer: Diarizer,
    context: Context,
) -> SpeakerTurns:
    """Turns under the labels S1, S2, … by first speech, and how like the enrolled voice each sounds.

    A recording with one speaker a channel needs no clustering. Voice vectors are biometric data:
    they end here, only their likeness to the enrolled one goes on.
    """
    if upload.speakers is not None and upload.speakers < 1:
        raise PermanentError(
            f"A conversation cannot have {upload.speakers} speakers.",
            code="speakers",
            advice="Give the number of people who speak, or leave it out.",
        )
    if recording.channel_keys:
        listener = diarizer if upload.learner_voice else None
        speech = _by_channel(recording.channel_keys, media, voice_activity, listener, context)
    else:
        with media.fetch(recording.key) as audio:
            speech = diarizer.diarize(audio, upload.speakers, context.progress, context.parts)
    turns, names = _renamed(speech.turns)
    matches: tuple[VoiceMatch, ...] = ()
    if upload.learner_voice and turns:
        with media.fetch(upload.learner_voice) as sample:
            matches = _matches(diarizer.voice(sample), speech.voices, names)
    return SpeakerTurns(
        turns=turns,
        how="channels" if recording.channel_keys else "voices",
        matches=matches,
        notices=_notices(turns, upload.speakers),
    )


def _by_channel(
    keys: Sequence[str],
    media: MediaStore,
    voice_activity: VoiceActivity,
    listener: Diarizer | None,
    context: Context,
) -> DiarizedSpeech:
    """The channels' numbers are the labels; voices are compared only where a `listener` is given."""
    turns: list[Turn] = []
    voices: dict[str, tuple[float, ...]] = {}
    for number, key in enumerate(keys):

        def progress(fraction: float, number: int = number) -> None:
            context.progress((number + fraction) / len(keys))

        with media.fetch(key) as audio:
            spans = kept(
                context.parts,
                f"speech/{number}",
                SPEECH,
                partial(voice_activity.detect, audio, progress),
            )
            vector = listener.voice_in(audio, spans) if listener else None
        if vector is not None:
            voices[str(number)] = vector
        turns += [Turn(label=str(number), start=one.start, end=one.end) for one in spans]
    return DiarizedSpeech(turns=tuple(turns), voices=voices)


def _matches(
    enrolled: Sequence[float], voices: Mapping[str, Sequence[float]], names: Mapping[str, str]
) -> tuple[VoiceMatch, ...]:
    return tuple(
        VoiceMatch(label=names[label], similarity=round(_cosine(enrolled, vector), 4))
        for label, vector in sorted(voices.items())
        if label in names
    )


def _renamed(turns: Sequence[Turn]) -> tuple[tuple[Turn, ...], dict[str, str]]:
    ordered = sorted(turns, key=lambda one: (one.start, one.end, one.label))
    names: dict[str, str] = {}
    for one in ordered:
        names.setdefault(one.label, f"S{len(names) + 1}")
    return tuple(replace(one, label=names[one.label]) for one in ordered), names


def _notices(turns: Sequence[Turn], expected: int | None) -> tuple[Notice, ...]:
    found = len({one.label for one in turns})
    if not found:
        return (NOBODY,)
    if expected is not None and found != expected:
        message = f"{expected} speakers were announced, {found} could be told apart."
        return (Notice(code="speaker-count", message=message),)
    return ()


def _cosine(one: Sequence[float], other: Sequence[float]) -> float:
    product = sum(a * b for a, b in zip(one, other, strict=True))
    norm = math.hypot(*one) * math.hypot(*other)
    return product / norm if norm else 0.0
