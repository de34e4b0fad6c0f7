"""Attribute: whose words they are, merged into turns, and who of the speakers is the learner."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from pipeline.correction import corrected
from pipeline.disfluency import SENTENCE_END, marked
from pipeline.languages import language_of, named
from pipeline.roles import Told, learner
from pipeline.stage import stage
from pipeline.values import (
    LEARNER,
    PARTNER,
    UNKNOWN,
    Dialogue,
    Notice,
    Recording,
    Segment,
    Span,
    Speaker,
    SpeakerTurns,
    Transcript,
    Turn,
    Upload,
    Word,
)
from pipeline.who import TurnsInTime, distance

NEAR = 0.5
"""Seconds: a word further from any turn belongs to whoever spoke before it."""
NEW_SEGMENT = 1.5
"""Seconds of silence after which the same speaker's words are a new segment: longer than the pauses inside
a sentence (most are below one second, Kirjavainen et al. 2022), shorter than what a listener takes for an end."""
LISTENING = 2
"""Words: a listener's "mhm" or "oh really" inside another's unfinished sentence does not cut it in two."""
OVERLAPPED = 0.2
"""Share of a segment's time in which another speaker talks too."""
ONE_SPEAKER = "S1"
CORRECTED = Notice(code="corrected", message="A teacher put right what was heard.")


@stage(version=6)
def attribute(
    upload: Upload, recording: Recording, transcript: Transcript, speaker_turns: SpeakerTurns
) -> Dialogue:
    """Every word has one speaker; roles are `unknown` where the learner can't be told.

    A teacher's correction comes before what was heard, of words and of who says them.
    """
    notices: tuple[Notice, ...] = ()
    if upload.correction is not None:
        notices = (CORRECTED,)
        right = corrected(transcript, upload.correction.lines)
        transcript = right.transcript
        speaker_turns = replace(speaker_turns, turns=right.turns)
    turns = TurnsInTime(speaker_turns.turns)
    words = _labelled(transcript, turns)
    labels = _in_order(words, speaker_turns.turns)
    by_label = {label: [one for one in words if one.speaker_label == label] for label in labels}
    told = (
        learner(upload, speaker_turns.matches, by_label) if labels else Told(None, "unknown", None)
    )
    roles = _roles(labels, told)
    language = named(transcript.language)
    code = language.code if language else transcript.language
    segments = _segments(words, turns, roles, code)
    return Dialogue(
        language=code,
        language_probability=transcript.language_probability,
        language_supported=language is not None and language is named(upload.language),
        duration=recording.duration,
        speakers=tuple(
            Speaker(
                label=label,
                role=roles[label],
                speech_seconds=round(
                    sum(one.span.seconds for one in speaker_turns.turns if one.label == label), 3
                ),
                words=len(by_label[label]),
                how=told.how,
                confidence=told.confidence,
            )
            for label in labels
        ),
        turns=speaker_turns.turns,
        segments=segments,
        speech=transcript.speech,
        filled_pauses=transcript.filled_pauses,
        words_by=transcript.words_by,
        times=transcript.times,
        notices=(*notices, *_notices(recording, transcript, speaker_turns, told, labels)),
    )


def _labelled(transcript: Transcript, turns: TurnsInTime) -> list[Word]:
    """All words in order of time, each with a speaker's label.

    Corrected words are in that order; without times of words turns stay whole.
    """
    words = [word for one in transcript.utterances for word in one.words]
    if transcript.times == "words" and transcript.words_by != "teacher":
        words.sort(key=lambda word: (word.start, word.end))
    labels: list[str] = []
    for word in words:
        labels.append(word.speaker_label or _label(word, turns, labels[-1] if labels else None))
    for n in range(1, len(words) - 1):
        # One stray word amid another's run, in that other's turn too, is the clustering's slip.
        around = labels[n - 1]
        if labels[n] != around == labels[n + 1] and _touches(words[n], turns, around):
            labels[n] = words[n].speaker_label or around
    return [replace(word, speaker_label=label) for word, label in zip(words, labels, strict=True)]


def _label(word: Word, turns: TurnsInTime, previous: str | None) -> str:
    span = Span(start=word.start, end=max(word.end, word.start + 0.01))
    shares: dict[str, float] = {}
    for turn in turns.over(span):
        shares[turn.label] = shares.get(turn.label, 0.0) + span.overlap(turn.span)
    if shares:
        # Where two talk at once, the one who was talking goes on.
        return max(shares, key=lambda label: (round(shares[label], 2), label == previous, label))
    near = turns.nearest(span)
    if near is not None and (previous is None or distance(span, near.span) <= NEAR):
        return near.label
    return previous or ONE_SPEAKER


def _touches(word: Word, turns: TurnsInTime, label: str) -> bool:
    return any(one.label == label for one in turns.over(Span(start=word.start, end=word.end)))


def _in_order(words: Sequence[Word], turns: Sequence[Turn]) -> list[str]:
    """Of first speech."""
    labels = [one.label for one in sorted(turns, key=lambda one: one.start)]
    return list(dict.fromkeys([*labels, *(str(one.speaker_label) for one in words)]))


def _roles(labels: Sequence[str], told: Told) -> dict[str, str]:
    if told.label is None:
        return dict.fromkeys(labels, UNKNOWN)
    partners = [one for one in labels if one != told.label]
    named = {label: PARTNER if n == 0 else f"{PARTNER}-{n + 1}" for n, label in enumerate(partners)}
    return {label: named.get(label, LEARNER) for label in labels}


def _segments(
    words: Sequence[Word], turns: TurnsInTime, roles: dict[str, str], language: str
) -> tuple[Segment, ...]:
    return tuple(
        _segment(number, marked(group, language_of(language)), turns, roles, language)
        for number, group in enumerate(_merged(words))
    )


def _merged(words: Sequence[Word]) -> list[list[Word]]:
    """Words in groups of one speaker, in order of their first word."""
    groups: list[list[Word]] = []
    newest: dict[str | None, tuple[list[Word], int]] = {}
    for at, word in enumerate(words):
        group, before = newest.get(word.speaker_label, ([], -1))
        if not group or not _goes_on(group[-1], word, at - before - 1):
            group = []
            groups.append(group)
        group.append(word)
        newest[word.speaker_label] = (group, at)
    return groups


def _goes_on(last: Word, word: Word, between: int) -> bool:
    """Whether a word carries on its speaker's segment after `between` words of others."""
    if word.start - last.end >= NEW_SEGMENT or between > LISTENING:
        return False
    return between == 0 or not last.text.endswith(SENTENCE_END)


def _segment(
    number: int, words: Sequence[Word], turns: TurnsInTime, roles: dict[str, str], language: str
) -> Segment:
    span = Span(start=words[0].start, end=max(words[-1].end, words[0].start + 0.001))
    label = str(words[0].speaker_label)
    others = sum(span.overlap(one.span) for one in turns.over(span) if one.label != label)
    return Segment(
        number=number,
        start=span.start,
        end=words[-1].end,
        speaker=roles[label],
        speaker_label=label,
        text=" ".join(one.text for one in words),
        words=tuple(words),
        confidence=round(sum(one.probability for one in words) / len(words), 4),
        language=language,
        overlap=others / span.seconds >= OVERLAPPED,
    )


def _notices(
    recording: Recording,
    transcript: Transcript,
    turns: SpeakerTurns,
    told: Told,
    labels: Sequence[str],
) -> tuple[Notice, ...]:
    notices: Iterable[Notice] = (*recording.notices, *transcript.notices, *turns.notices)
    if told.reason:
        options = " or ".join(f"--learner {one}" for one in labels) or "--learner S1"
        message = (
            f"{told.reason} Say who the learner is, by order of first speech: {options}; "
            "or give a sample of the learner's voice: --learner VOICE.wav."
        )
        notices = (*notices, Notice(code="learner-unknown", message=message))
    if turns.turns and len({one.label for one in turns.turns}) == 1:
        message = "Only one speaker was found: what a conversation partner said cannot be judged."
        notices = (*notices, Notice(code="one-speaker", message=message))
    return tuple(notices)
