"""The committed figures, and whether a new one fell by more than its noise.

Noise is that of the difference, not of the figure: both versions of the product meet the same speakers, texts and
dialogues, so most of what makes a figure uncertain is common to both and cancels out. Figures keep their value over
each bootstrap sample; the samples are the same in every run, so old less new over them is a paired bootstrap (Efron &
Tibshirani 1993; for word errors Bisani & Ney 2004, "Bootstrap estimates for confidence intervals in ASR performance
evaluation"). A figure has fallen when the whole 95 % interval of its difference lies on the worse side.
That the old figure's own interval is left would be a far weaker guard: with ten conversations word errors could
rise by ten points unseen. It is what is left where the number of units changed, so that nothing pairs.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from bench.figures import Figure
from pipeline.bootstrap import percentiles

FILE = Path(__file__).with_name("validity.json")
LEAST = 0.001
"""A fall below the last place that the table shows is rounding: other processors add in another order."""
PLACES = 6
"""Of a kept value: three more than the table shows, so that the table comes out the same."""
DRAWN_PLACES = 4
"""Of a kept draw: a tenth of LEAST."""
Figures = Mapping[str, Sequence[Figure]]
"""By the part that measured them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fall:
    """A figure that became worse by more than its noise; new is None where it is not measured any more."""

    name: str
    old: float
    new: float | None
    noise: float
    how: str

    def __str__(self) -> str:
        """A line for people."""
        if self.new is None:
            return f"{self.name}: was {self.old:.3f} and is not measured any more"
        return f"{self.name}: {self.old:.3f} before, {self.new:.3f} now, noise {self.noise:.3f} ({self.how})"


def fall(old: Figure, new: Figure) -> Fall | None:
    """None where the figure is no worse, by no more than its noise, or not one that has a better side."""
    if old.higher_is_better is None:
        return None
    sign = 1.0 if old.higher_is_better else -1.0
    worse = sign * (old.value - new.value)
    if worse < LEAST:
        return None
    paired = _paired(old, new, sign) if old.n == new.n else None
    if paired is not None:
        noise, how = worse - paired, f"paired over the same {old.n} {old.unit}"
    else:
        edge = old.low if old.higher_is_better else old.high
        noise = 0.0 if edge is None else abs(old.value - edge)
        how = "to the old interval's end, as nothing pairs"
    if worse <= noise:
        return None
    return Fall(name=old.name, old=old.value, new=new.value, noise=max(0.0, noise), how=how)


def _paired(old: Figure, new: Figure, sign: float) -> float | None:
    """The least that the figure fell by in 95 % of the samples; None where they can't be paired."""
    found = percentiles(
        [
            None if before is None or after is None else sign * (before - after)
            for before, after in zip(old.draws, new.draws, strict=False)
        ]
    )
    return found[0] if found else None


def falls(old: Figures, new: Figures) -> list[Fall]:
    """Of the parts that were measured now; a figure that the baseline has and its part gives no more counts."""
    found = []
    for part, figures in new.items():
        now = {one.name: one for one in figures}
        for one in old.get(part, ()):
            if one.name in now:
                found += [fell] if (fell := fall(one, now[one.name])) else []
            elif one.higher_is_better is not None:
                found.append(Fall(name=one.name, old=one.value, new=None, noise=0.0, how="gone"))
    return found


def load(file: Path = FILE) -> dict[str, list[Figure]]:
    """What was accepted last; nothing where there is no file yet."""
    if not file.is_file():
        return {}
    rows = json.loads(file.read_text("utf-8"))
    return {
        part: [Figure(**{**one, "draws": tuple(one["draws"])}) for one in figures]
        for part, figures in rows.items()
    }


def save(figures: Figures, file: Path = FILE) -> None:
    """Accept the figures: a line each, so that a change of one is one changed line."""
    parts = [
        f'"{part}": [\n' + ",\n".join(json.dumps(_row(one)) for one in some) + "\n]"
        for part, some in figures.items()
    ]
    file.write_text("{\n" + ",\n".join(parts) + "\n}\n", "utf-8")


def _row(one: Figure) -> dict[str, object]:
    kept = one.draws if one.higher_is_better is not None else ()
    ends = {name: _rounded(getattr(one, name), PLACES) for name in ("value", "low", "high")}
    return {**asdict(one), **ends, "draws": [_rounded(value, DRAWN_PLACES) for value in kept]}


def _rounded(value: float | None, places: int) -> float | None:
    return None if value is None else round(value, places)
