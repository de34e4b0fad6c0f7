"""What was said as a text that can be checked, with the way back to the words it was made of."""

from __future__ import annotations

from dataclasses import dataclass

from pipeline.disfluency import SENTENCE_END, bare
from pipeline.values import Segment


@dataclass(frozen=True, slots=True, kw_only=True)
class CleanText:
    """A segment without its disfluencies; `words` maps each kept word to its index in the segment."""

    text: str
    spans: tuple[tuple[int, int], ...]
    """Code points of each kept word in `text`."""
    words: tuple[int, ...]

    def touched(self, start: int, end: int) -> tuple[int, int] | None:
        """First and last index, in the segment, of the words that a span of the text touches."""
        hit = [
            index
            for index, (begin, stop) in zip(self.words, self.spans, strict=True)
            if begin < end and start < stop
        ]
        return (hit[0], hit[-1]) if hit else None


def clean(segment: Segment) -> CleanText:
    """Fillers and repairs out, the first letter and "I" capital, a stop at the end.

    Checkers are made for writing: without these they find faults that nobody spoke. A sentence end that
    the recogniser wrote behind a filler goes to the word before it.
    """
    kept: list[int] = []
    pieces: list[str] = []
    for n, word in enumerate(segment.words):
        if not (word.filler or word.repair):
            first = not pieces or pieces[-1].endswith(SENTENCE_END)
            kept.append(n)
            pieces.append(_capital(word.text, first=first))
        elif pieces and word.filler and word.text.endswith(SENTENCE_END):
            pieces[-1] = _ended(pieces[-1], word.text[-1])
    if pieces:
        pieces[-1] = _ended(pieces[-1], ".")
    spans: list[tuple[int, int]] = []
    at = 0
    for piece in pieces:
        spans.append((at, at + len(piece)))
        at += len(piece) + 1
    return CleanText(text=" ".join(pieces), spans=tuple(spans), words=tuple(kept))


def _capital(form: str, *, first: bool) -> str:
    alone = bare(form).split("'")[0] == "i"
    return form[0].upper() + form[1:] if (first or alone) and form[:1].islower() else form


def _ended(form: str, mark: str) -> str:
    return form if form.endswith(SENTENCE_END) else form.rstrip(",;:-") + mark
