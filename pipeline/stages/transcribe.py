"""Transcribe: what is said, as words with times and probabilities."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from pipeline.cutting import chunks
from pipeline.ports import MediaStore, Progress, RecognisedSpeech, Transcriber, VoiceActivity
from pipeline.stage import Context, stage
from pipeline.values import Notice, Recording, Span, Transcript, Upload, Utterance, Word

LOOPING = 2.4
"""Compression ratio of a text that repeats itself; Whisper's own threshold."""
MUTE = 0.6
"""No-speech probability from which on, together with MUMBLED, nothing was said; Whisper's own."""
MUMBLED = -1.0
"""Mean log probability below which a text is guesswork; Whisper's own."""
HEARD = 0.05
"""Share of a word's time in which somebody must speak for the word to be kept: word times stray by a
frame or two, a word without any voice is invented."""
DETECTION = 0.15
"""Share of the progress that finding speech takes, by measured time."""


@stage(version=1)
def transcribe(
    upload: Upload,
    recording: Recording,
    *,
    media: MediaStore,
    voice_activity: VoiceActivity,
    transcriber: Transcriber,
    context: Context,
) -> Transcript:
    """Words where somebody speaks; none, with a notice, where nobody does."""
    with media.fetch(recording.key) as audio:
        return listen(
            audio,
            recording.duration,
            upload.language,
            voice_activity,
            transcriber,
            context.progress,
        )


def listen(
    audio: Path,
    duration: float,
    language: str,
    *,
    voice_activity: VoiceActivity,
    transcriber: Transcriber,
    progress: Progress,
) -> Transcript:
    """The stage on a local file of `duration` seconds."""
    speech = voice_activity.detect(audio, lambda share: progress(DETECTION * share))
    if not speech:
        return Transcript(
            language=language,
            language_probability=None,
            utterances=(),
            speech=(),
            notices=(Notice(code="no-words", message="No speech was found in the recording."),),
        )
    heard = transcriber.transcribe(
        audio,
        chunks(speech, duration),
        language,
        lambda share: progress(DETECTION + (1 - DETECTION) * share),
    )
    return _cleaned(heard, speech)


def _cleaned(heard: RecognisedSpeech, speech: tuple[Span, ...]) -> Transcript:
    """Invented text out, words numbered in order of time."""
    kept: list[Utterance] = []
    number = 0
    for one in sorted(heard.utterances, key=lambda utterance: utterance.start):
        words = () if _invented(one) else tuple(w for w in one.words if _voiced(w, speech))
        if not words:
            continue
        numbered = tuple(replace(word, id=f"w{number + n}") for n, word in enumerate(words))
        number += len(numbered)
        kept.append(replace(one, words=numbered, start=numbered[0].start, end=numbered[-1].end))
    return Transcript(
        language=heard.language,
        language_probability=heard.language_probability,
        utterances=tuple(kept),
        speech=speech,
    )


def _invented(one: Utterance) -> bool:
    guessed = one.no_speech_probability > MUTE and one.mean_log_probability < MUMBLED
    return one.compression_ratio > LOOPING or guessed


def _voiced(word: Word, speech: tuple[Span, ...]) -> bool:
    time = Span(start=word.start, end=max(word.end, word.start + 0.02))
    return sum(time.overlap(one) for one in speech) >= HEARD * time.seconds
