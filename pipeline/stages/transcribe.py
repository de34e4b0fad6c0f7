"""Transcribe: what is said, as words with times and probabilities."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from pipeline.cutting import chunks
from pipeline.disfluency import FILLERS, bare
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
SHORTER = 15.0
"""Seconds of a second, shorter reading: 29.1 % word errors, against 31.1 with 10 s and 34.8 with 6 s."""
FILLED = 0.05
"""Probability, the mean of both readings', from which on a filler is kept. Where one was said in real meetings the
verbatim reading gave it .13 to .97; in 5 minutes of
six fluent readers (8 of 10 and more by experts) one filler has .1 and more."""
SAME = 0.5
"""Seconds: fillers of two readings that begin nearer to each other than this are one."""
DETECTION = 0.15
"""Share of the progress that finding speech takes, by measured time."""


@stage(version=2)
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
            voice_activity=voice_activity,
            transcriber=transcriber,
            progress=context.progress,
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
    heard = _heard(
        audio,
        speech=speech,
        duration=duration,
        language=language,
        transcriber=transcriber,
        progress=lambda share: progress(DETECTION + (1 - DETECTION) * share),
    )
    return _cleaned(heard, speech)


def _heard(
    audio: Path,
    *,
    speech: tuple[Span, ...],
    duration: float,
    language: str,
    transcriber: Transcriber,
    progress: Progress,
) -> RecognisedSpeech:
    """Read twice, in long chunks and in shorter ones; of each long chunk the text that can be believed more stays.

    Long chunks give context, shorter ones find the thread again where the recogniser lost it: 31.9 %
    word errors by the long ones alone, 29.1 by the better of both. The shorter ones are read verbatim, so that
    the fillers are found: on six conversations 40.5 % word errors without it and 40.4 with it, what is said twice
    left out.
    """
    pieces = chunks(speech, duration)
    shorter = [one for piece in pieces for one in _recut(piece, speech)]
    first = transcriber.transcribe(audio, pieces, language, lambda part: progress(part / 2))
    second = transcriber.transcribe(
        audio, shorter, language, lambda part: progress(0.5 + part / 2), verbatim=True
    )
    utterances: list[Utterance] = []
    for piece in pieces:
        one, other = _within(first, piece), _within(second, piece)
        first_stays = _believable(one) >= _believable(other)
        utterances += _with_fillers(one, other) if first_stays else _doubted(other, one)
    return replace(first, utterances=tuple(utterances))


def _within(heard: RecognisedSpeech, piece: Span) -> list[Utterance]:
    return [
        one for one in heard.utterances if piece.start <= (one.start + one.end) / 2 <= piece.end
    ]


def _with_fillers(read: list[Utterance], verbatim: list[Utterance]) -> list[Utterance]:
    """The reading with those fillers that only the verbatim one wrote down, in order of time."""
    merged = list(read)
    for filler in (word for one in verbatim if not _invented(one) for word in one.words):
        if not merged or not _filler(filler) or _also_in(read, filler):
            continue
        near = min(range(len(merged)), key=lambda n: _away(filler, merged[n]))
        words = sorted((*merged[near].words, _halved(filler)), key=lambda word: word.start)
        merged[near] = replace(merged[near], words=tuple(words))
    return merged


def _doubted(verbatim: list[Utterance], other: list[Utterance]) -> list[Utterance]:
    """The verbatim reading, less sure of the fillers that the other one has not."""
    return [
        replace(
            one,
            words=tuple(
                _halved(word) if _filler(word) and not _also_in(other, word) else word
                for word in one.words
            ),
        )
        for one in verbatim
    ]


def _halved(word: Word) -> Word:
    """What one of two readings heard is at most as likely right as wrong: the mean of both probabilities."""
    return replace(word, probability=round(word.probability / 2, 4))


def _also_in(read: list[Utterance], filler: Word) -> bool:
    return any(
        _filler(word) and abs(word.start - filler.start) < SAME
        for one in read
        for word in one.words
    )


def _filler(word: Word) -> bool:
    return bare(word.text) in FILLERS


def _away(word: Word, one: Utterance) -> float:
    return max(one.start - word.start, word.start - one.end, 0.0)


def _recut(piece: Span, speech: tuple[Span, ...]) -> tuple[Span, ...]:
    inside = [
        Span(start=max(one.start, piece.start), end=min(one.end, piece.end))
        for one in speech
        if one.overlap(piece) > 0
    ]
    return tuple(
        Span(start=max(one.start, piece.start), end=min(one.end, piece.end))
        for one in chunks(inside, piece.end, longest=SHORTER)
    )


def _believable(utterances: list[Utterance]) -> float:
    """The sum of a text's word probabilities, invented text for nothing."""
    return sum(word.probability for one in utterances if not _invented(one) for word in one.words)


def _cleaned(heard: RecognisedSpeech, speech: tuple[Span, ...]) -> Transcript:
    """Invented text out, words numbered in order of time."""
    kept: list[Utterance] = []
    number = 0
    for one in sorted(heard.utterances, key=lambda utterance: utterance.start):
        words = () if _invented(one) else tuple(w for w in one.words if _kept(w, speech))
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


def _kept(word: Word, speech: tuple[Span, ...]) -> bool:
    if _filler(word) and word.probability < FILLED:
        return False
    return _voiced(word, speech)


def _voiced(word: Word, speech: tuple[Span, ...]) -> bool:
    time = Span(start=word.start, end=max(word.end, word.start + 0.02))
    return sum(time.overlap(one) for one in speech) >= HEARD * time.seconds
