"""The learner's own words, quoted exactly and with as much around them as makes them understood."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from pipeline.places import place
from pipeline.reports import Place
from pipeline.sureness import UNSURE
from pipeline.values import Dialogue, Segment, Word

LONGEST = 12
"""Words: about a line, and what is said in one breath."""
SHORTEST = 4
"""Words of an example: fewer show nothing."""
AROUND = 2
"""Words on each side of a slip: "live" alone tells nothing, "where he live in town" does."""
ENDS = (".", "?", "!")
STOPS = ".,;:"
"""Not quoted at the end: they are the recogniser's, and the quote goes on in a sentence of ours."""
PROFANE = re.compile(
    r"\b(?:(?:mother)?fuck\w*|(?:bull)?shit\w*|cunt\w*|bitch\w*|assholes?|arseholes?|bastards?|wank\w*|nigg\w*|"
    r"fag(?:got)?s?|dick(?:head)?s?|cock(?:sucker)?s?|pussy|pussies|sluts?|whores?|twats?|retards?|(?:god)?damn\w*|"
    r"crap\w*|piss\w*|(?:dumb)?ass|arses?|bollocks|buggers?|bloody|hell)\b|\w\*+",
    re.IGNORECASE,
)
"""Words that no teacher reads back to a learner; the evidence and the transcript have them all the same."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Quote:
    """`text` is exactly the segment's at `place`; `better` says the same without the slip."""

    text: str
    better: str | None
    place: Place


def quote(
    dialogue: Dialogue, where: Place, *, better: str | None = None, around: int = 0
) -> Quote | None:
    """The words at the place, `around` sure words on each side; `better` stands for those at the place.

    None where they are not the learner's, or profane.
    """
    segment = next((one for one in dialogue.learner_segments if one.number == where.segment), None)
    if segment is None:
        return None
    touched = [
        n
        for n, (start, end) in enumerate(segment.word_spans())
        if start < where.end and where.start < end
    ]
    if not touched:
        return None
    first, last = touched[0], min(touched[-1], touched[0] + LONGEST - 1)
    whole = last == touched[-1]
    before, after = _reach(segment, first, -1, around), _reach(segment, last, 1, around)
    found = place(segment, before, after)
    text = segment.text[found.start : found.end]
    text = text.rstrip(STOPS) or text
    found = replace(found, end=found.start + len(text))
    if PROFANE.search(text):
        return None
    mended = None
    if better is not None and whole:
        mended = _mended(segment.words[before : after + 1], first - before, last - before, better)
    return Quote(text=text, better=mended, place=found)


def _reach(segment: Segment, at: int, step: int, around: int) -> int:
    """The index `around` words on, no further than the sentence and than words that surely were said."""
    for _ in range(around):
        after = at + step
        if not 0 <= after < len(segment.words) or segment.words[after].probability < UNSURE:
            break
        if segment.words[min(at, after)].text.endswith(ENDS):
            break
        at = after
    return at


def _mended(words: tuple[Word, ...], first: int, last: int, better: str) -> str:
    """The words with `better` for those from first to last, and without fillers and what was taken back."""
    tail = words[last].text[len(words[last].text.rstrip(".,?!;:")) :]
    parts = [
        *(one.text for one in words[:first] if not (one.filler or one.repair)),
        better.removesuffix(tail) + tail,
        *(one.text for one in words[last + 1 :] if not (one.filler or one.repair)),
    ]
    return " ".join(" ".join(parts).split()).rstrip(STOPS)


def stretch(
    dialogue: Dialogue,
    fits: Callable[[Word], bool],
    breaks: Callable[[Segment, Word, Word], bool] = lambda _segment, _one, _two: False,
) -> Place | None:
    """The learner's longest run of words in one sentence that all fit; None where all are short.

    `breaks` tells where a run ends between two words of a segment; of equally long ones it is the first.
    """
    best: tuple[int, Segment, int] | None = None
    for segment in dialogue.learner_segments:
        length = 0
        for n, word in enumerate(segment.words):
            before = segment.words[n - 1] if n else None
            if before and (before.text.endswith(ENDS) or breaks(segment, before, word)):
                length = 0
            length = length + 1 if fits(word) and not PROFANE.search(word.text) else 0
            if length >= SHORTEST and (best is None or length > best[0]):
                best = (length, segment, n - length + 1)
    if best is None:
        return None
    length, segment, first = best
    return place(segment, first, first + min(length, LONGEST) - 1)


def sentences(dialogue: Dialogue) -> Iterator[tuple[Segment, int, int]]:
    """The learner's, as indices of the first and the last word; the recogniser's marks end them."""
    for segment in dialogue.learner_segments:
        first = 0
        for n, word in enumerate(segment.words):
            if word.text.endswith(ENDS) or n + 1 == len(segment.words):
                yield segment, first, n
                first = n + 1
