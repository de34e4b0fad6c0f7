"""What was said as a text that can be checked, with the way back to the words it was made of."""

from __future__ import annotations

from dataclasses import dataclass

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

    Checkers are made for writing: without these they find faults that nobody spoke.
    """
    kept = [n for n, word in enumerate(segment.words) if not (word.filler or word.repair)]
    pieces: list[str] = []
    spans: list[tuple[int, int]] = []
    at = 0
    for position, n in enumerate(kept):
        form = segment.words[n].text
        first = position == 0 or pieces[-1].endswith((".", "?", "!"))
        if (first and form[:1].islower()) or form == "i" or form.startswith("i'"):
            form = form[0].upper() + form[1:]
        if position + 1 == len(kept) and not form.endswith((".", "?", "!")):
            form = form.rstrip(",;:-") + "."
        pieces.append(form)
        spans.append((at, at + len(form)))
        at += len(form) + 1
    return CleanText(text=" ".join(pieces), spans=tuple(spans), words=tuple(kept))
