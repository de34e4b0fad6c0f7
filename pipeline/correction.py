"""A teacher's words in the place of the recogniser's: each gets the time at which it was heard."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from itertools import accumulate

from pipeline.disfluency import bare
from pipeline.values import Line, Span, Transcript, Turn, Utterance, Word
from pipeline.written import forms

A_LETTER = 0.08
"""Seconds at most that a word which nobody heard is given for each of its letters: 12 letters a second is unhurried talk."""
APART = 0.5
"""Seconds between two words of a speaker that part their turn: the diarizer leaves out pauses of that length."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Corrected:
    """What was said by a teacher's word, and who therefore spoke when."""

    transcript: Transcript
    turns: tuple[Turn, ...]


@dataclass(frozen=True, slots=True)
class _New:
    """One word of the teacher's."""

    text: str
    line: int


@dataclass(frozen=True, slots=True)
class _Placed:
    """Where it was heard, and how sure the recogniser was of what it heard there."""

    start: float
    end: float
    heard: float | None


def corrected(transcript: Transcript, lines: Sequence[Line]) -> Corrected:
    """The lines' words, those that the recogniser heard too at its times, the others between or in the place of its words."""
    old = sorted(
        (word for one in transcript.utterances for word in one.words),
        key=lambda word: (word.start, word.end),
    )
    new = [_New(text, n) for n, line in enumerate(lines) for text in forms(line)]
    placed = _placed(old, new, lines)
    said = [
        Word(
            id="",
            text=one.text,
            start=round(where.start, 3),
            end=round(where.end, 3),
            probability=1.0,
            speaker_label=lines[one.line].speaker,
            heard=where.heard,
        )
        for one, where in zip(new, placed, strict=True)
    ]
    # Stable: of words at one time the teacher's order stays.
    said = [
        replace(one, id=f"w{n}") for n, one in enumerate(sorted(said, key=lambda word: word.start))
    ]
    added = [one for one in said if one.heard is None]
    return Corrected(
        transcript=replace(
            transcript,
            utterances=(_utterance(said),) if said else (),
            words_by="teacher",
            filled_pauses=tuple(
                pause
                for pause in transcript.filled_pauses
                if not any(pause.overlap(Span(start=one.start, end=one.end)) for one in added)
            ),
        ),
        turns=tuple(_turns(said)),
    )


def _placed(old: Sequence[Word], new: Sequence[_New], lines: Sequence[Line]) -> list[_Placed]:
    """By the words that both have in the same order (difflib); punctuation and case do not count."""
    matcher = SequenceMatcher(
        None, [bare(one.text) for one in old], [bare(one.text) for one in new], autojunk=False
    )
    placed: list[_Placed] = []
    for kind, first, last, begin, end in matcher.get_opcodes():
        some = old[first:last]
        if kind == "equal" or last - first == end - begin:
            placed += [_Placed(one.start, one.end, one.probability) for one in some]
        elif kind == "replace":
            placed += _along(some, new[begin:end])
        elif kind == "insert":
            before = placed[-1] if placed else None
            after = old[first] if first < len(old) else None
            placed += _between(before, after, new[begin:end], lines)
    return placed


def _along(old: Sequence[Word], new: Sequence[_New]) -> Iterator[_Placed]:
    """The new words share the time of the old ones by their letters, silences between those left out."""
    lengths = [max(0.0, one.end - one.start) for one in old]
    whole = sum(lengths)
    ends = list(accumulate(lengths))
    sure = sum(one.probability for one in old) / len(old)
    letters = [len(one.text) for one in new]
    at = 0

    def time(share: float, *, end: bool) -> float:
        wanted = share * whole
        n = next((n for n, one in enumerate(ends) if wanted < one or (end and wanted <= one)), -1)
        return old[n].end - (ends[n] - wanted) if n >= 0 else old[-1].end

    for count in letters:
        start = time(at / sum(letters), end=False)
        at += count
        yield _Placed(start, max(start, time(at / sum(letters), end=True)), sure)


def _between(
    before: _Placed | None, after: Word | None, new: Sequence[_New], lines: Sequence[Line]
) -> Iterator[_Placed]:
    """Words that nobody heard: where their line says, as far as the neighbours leave room."""
    low = before.end if before else 0.0
    high = after.start if after else float("inf")
    for n, one in enumerate(new):
        line = lines[one.line]
        wanted = A_LETTER * len(one.text)
        first_of_line = n == 0 or new[n - 1].line != one.line
        if first_of_line and line.start is not None:
            low = max(low, min(line.start, high))
        rest = sum(len(each.text) for each in new[n:])
        room = max(0.0, high - low) * len(one.text) / rest
        low = min(low, high)
        end = low + min(wanted, room)
        yield _Placed(low, end, None)
        low = end


def _utterance(said: Sequence[Word]) -> Utterance:
    return Utterance(
        start=said[0].start,
        end=max(one.end for one in said),
        words=tuple(said),
        mean_log_probability=0.0,
        no_speech_probability=0.0,
        compression_ratio=1.0,
    )


def _turns(said: Sequence[Word]) -> list[Turn]:
    """Each speaker's words, parted at their pauses, in order of time."""
    turns: dict[str, list[Turn]] = {}
    for word in said:
        label = str(word.speaker_label)
        mine = turns.setdefault(label, [])
        if mine and word.start - mine[-1].end < APART:
            mine[-1] = replace(mine[-1], end=max(mine[-1].end, word.end))
        else:
            mine.append(Turn(label=label, start=word.start, end=word.end))
    return sorted((one for mine in turns.values() for one in mine), key=lambda one: one.start)
