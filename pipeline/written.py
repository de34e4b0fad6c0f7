"""Transcripts that people made: what is wrong with one, and what the plan takes from it in place of sound."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from pipeline.disfluency import bare
from pipeline.enough import TALK
from pipeline.errors import PermanentError
from pipeline.languages import ENGLISH, languages, wanted, works
from pipeline.values import (
    LEARNER,
    Line,
    Notice,
    Recording,
    Span,
    SpeakerTurns,
    Times,
    Transcript,
    Turn,
    Utterance,
    Word,
    WrittenWord,
)

STRAY = 0.5
"""Seconds by which a speaker's next line may begin too early: two borders set by hand, each good to the
quarter of a second that NIST's scoring of speakers forgives."""
A_WORD = 1.0
"""Seconds given to each word of a transcript without times: they keep the order and are shown to nobody."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenTranscript:
    """A transcript as it was read from a file; None for what the file does not tell."""

    name: str
    sha256: str
    lines: tuple[Line, ...]
    language: str | None = None
    learner: str | None = None
    """As the lines name the speaker."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InPlaceOfSound:
    """What decode, transcribe and diarize would have given."""

    recording: Recording
    transcript: Transcript
    speaker_turns: SpeakerTurns


def checked(written: WrittenTranscript, language: str | None = None) -> WrittenTranscript:
    """The transcript in order of time, without lines that say nothing; PermanentError with what to mend.

    `language` for a file that does not name its own.
    """
    lines = [one for one in written.lines if one.text.split()]
    if not lines:
        raise _wrong("Nobody says anything in the transcript.", "Give one that has words in it.")
    for one in lines:
        _check(one)
    if all(one.start is not None and one.end is not None for one in lines):
        lines.sort(key=lambda one: (one.start or 0.0, one.end or 0.0))
        for speaker in dict.fromkeys(one.speaker for one in lines):
            _check_order([one for one in lines if one.speaker == speaker])
    return replace(written, lines=tuple(lines), language=_language(written, lines, language))


def learner_of(written: WrittenTranscript, named: str | None) -> str:
    """The learner as the lines name them: `named`, else by the file, else who speaks alone; PermanentError for nobody."""
    speakers = list(dict.fromkeys(one.speaker for one in written.lines))
    known = ", ".join(speakers)
    wanted = named or written.learner
    if wanted is None and any(one.casefold() == LEARNER for one in speakers):
        wanted = LEARNER
    if wanted is None:
        if len(speakers) == 1:
            return speakers[0]
        raise _wrong(
            "The transcript does not say which of the speakers is the learner.",
            f"Name one with --learner: {known}.",
        )
    found = [one for one in speakers if one == wanted] or [
        one for one in speakers if one.casefold() == wanted.casefold()
    ]
    if not found:
        raise _wrong(
            f"Nobody in the transcript is named {wanted}.", f"Name one with --learner: {known}."
        )
    return found[0]


def in_place_of_sound(written: WrittenTranscript) -> InPlaceOfSound:
    """The words with their speakers, and their times as far as they are known."""
    times = _times(written.lines)
    partly = any(one.start is not None for one in written.lines) and times == "none"
    lines = _timed(written.lines, times)
    turns = [Turn(label=one.speaker, start=one.start or 0.0, end=one.end or 0.0) for one in lines]
    transcript = Transcript(
        language=written.language or ENGLISH.code,
        language_probability=None,
        utterances=tuple(_utterances(lines)),
        speech=_union([one.span for one in turns]),
        notices=(SOME_TIMES,) if partly else (),
        words_by="transcript",
        times=times,
    )
    recording = Recording(
        key="",
        sha256=written.sha256,
        duration=max(one.end for one in turns),
        sample_rate=0,
        channels=0,
        codec="",
        gain_db=0.0,
    )
    return InPlaceOfSound(
        recording=recording,
        transcript=transcript,
        speaker_turns=SpeakerTurns(turns=tuple(turns), how="given"),
    )


SOME_TIMES = Notice(
    code="times-incomplete",
    message="Some turns of the transcript have no times, so that none of its times could be used.",
)


def forms(line: Line) -> list[str]:
    """Its words as they are written."""
    return [one.text for one in line.words] or line.text.split()


def spread(texts: Sequence[str], start: float, end: float) -> list[tuple[float, float]]:
    """Start and end of each word when they share the time by their letters, one more a word for the gap."""
    letters = [len(one) + 1 for one in texts]
    a_letter = (end - start) / max(1, sum(letters))
    found: list[tuple[float, float]] = []
    at = start
    for n in letters:
        found.append((round(at, 3), round(at + n * a_letter, 3)))
        at += n * a_letter
    return found


def _times(lines: Sequence[Line]) -> Times:
    if any(one.start is None or one.end is None for one in lines):
        return "none"
    words = [word for one in lines for word in one.words]
    every = all(one.words for one in lines) and all(
        word.start is not None and word.end is not None for word in words
    )
    return "words" if every else "turns"


def _timed(lines: Sequence[Line], times: Times) -> list[Line]:
    """Lines with words that have times, of whatever worth, and no two of one speaker at once."""
    found: list[Line] = []
    at = 0.0
    ends: dict[str, float] = {}
    for one in lines:
        texts = forms(one)
        told = one.words or tuple(WrittenWord(text=text) for text in texts)
        if times == "words":
            found.append(one)
            continue
        if times == "none":
            start, end = at, at + A_WORD * len(texts)
            at = end
        else:
            stop = one.end or 0.0
            start = min(max(one.start or 0.0, ends.get(one.speaker, 0.0)), stop)
            end = ends[one.speaker] = stop
        placed = [
            replace(word, start=first, end=last)
            for word, (first, last) in zip(told, spread(texts, start, end), strict=True)
        ]
        found.append(replace(one, start=start, end=end, words=tuple(placed)))
    return found


def _utterances(lines: Sequence[Line]) -> Iterator[Utterance]:
    count = 0
    for one in lines:
        words = tuple(
            Word(
                id=f"w{count + n}",
                text=word.text,
                start=word.start or 0.0,
                end=word.end or 0.0,
                probability=1.0 if word.probability is None else word.probability,
                speaker_label=one.speaker,
            )
            for n, word in enumerate(one.words)
        )
        count += len(words)
        yield Utterance(
            start=one.start or 0.0,
            end=one.end or 0.0,
            words=words,
            mean_log_probability=0.0,
            no_speech_probability=0.0,
            compression_ratio=1.0,
        )


def _union(spans: Sequence[Span]) -> tuple[Span, ...]:
    """In order, joined where they touch."""
    found: list[Span] = []
    for one in sorted(spans, key=lambda span: span.start):
        if found and one.start <= found[-1].end:
            found[-1] = Span(start=found[-1].start, end=max(found[-1].end, one.end))
        else:
            found.append(one)
    return tuple(found)


def _check(line: Line) -> None:
    """Of one line, by itself."""
    where = f"The line “{_short(line.text)}”"
    if not line.speaker.strip():
        raise _wrong(f"{where} does not say who speaks.", "Name the speaker of every line.")
    if line.words and [one.text for one in line.words] != line.text.split():
        raise _wrong(
            f"{where} has words that are not those of its text.",
            "Make both say the same, or leave the words out.",
        )
    for start, end in ((line.start, line.end), *((one.start, one.end) for one in line.words)):
        if start is not None and end is not None and not 0 <= start <= end:
            raise _wrong(
                f"{where} has an end before its start.", "Give times in seconds that go forward."
            )
    starts = [one.start for one in line.words if one.start is not None]
    if starts != sorted(starts):
        raise _wrong(f"{where} has words that go back in time.", "Order its words by their times.")


def _check_order(lines: Sequence[Line]) -> None:
    """Of one speaker's lines in order of time."""
    for one, two in pairwise(lines):
        start, end = two.start or 0.0, one.end or 0.0
        if end - start > STRAY:
            raise _wrong(
                f"{one.speaker} says two things at once from {start:.1f} s to {min(end, two.end or 0.0):.1f} s.",
                "Mend the times: only different speakers may overlap.",
            )


def _language(written: WrittenTranscript, lines: Sequence[Line], told: str | None) -> str:
    """Its code without a country's."""
    found = wanted(written.language or told or ENGLISH.code)
    if told is not None and wanted(told) is not found:
        raise _wrong(
            f"The transcript says that it is in {found.name}, not in {wanted(told).name}.",
            "Leave the language out, or mend the file.",
        )
    said = [form for one in lines for text in forms(one) if (form := _form(text))]
    if len(said) < TALK or found.common_share(said) >= found.least:
        return found.code
    seems = next((one for one in languages().values() if one.common_share(said) >= one.least), None)
    if seems is None:
        raise _wrong(f"The transcript seems to be in another language than {found.name}.", works())
    raise _wrong(
        f"The transcript seems to be in {seems.name}, another language than {found.name}.",
        f"Name its language in the file, or give --language {seems.code}.",
    )


def _form(text: str) -> str:
    return bare(text).replace("\u2019", "'")


def _short(text: str) -> str:
    words = text.split()
    return " ".join(words[:5]) + (" …" if len(words) > 5 else "")  # noqa: PLR2004 - enough to find the line by


def _wrong(message: str, advice: str) -> PermanentError:
    return PermanentError(message, code="bad-transcript", advice=advice)
