"""What a bench measures: a value, how far other units would move it, and which way is better; and who measures it."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from pipeline.bootstrap import drawn, percentiles

U = TypeVar("U")


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A measured value with its 95 % interval over units drawn again, None where there are too few."""

    name: str
    value: float
    low: float | None
    high: float | None
    n: int
    unit: str
    """What there are n of, and what was drawn again."""
    higher_is_better: bool | None
    """None for a floor or a description, which may move either way."""
    draws: tuple[float | None, ...] = ()
    """The value over each sample drawn. As the draws of n units are always the same, those of two versions
    of the product on the same data are pairs."""

    def __str__(self) -> str:
        """One line of the table."""
        around = "" if self.low is None else f"[{self.low:.3f}, {self.high:.3f}]"
        return f"{self.name:66} {self.value:7.3f} {around:18} n {self.n} {self.unit}"


def measured(
    name: str,
    units: Sequence[U],
    measure: Callable[[Sequence[U]], float | None],
    *,
    unit: str,
    higher_is_better: bool | None,
) -> Figure:
    """The measure over all units, and over units drawn with replacement; 0 where there is nothing to measure."""

    def finite(some: Sequence[U]) -> float | None:
        found = measure(some)
        # A correlation with what is the same for all is no number.
        return None if found is None or math.isnan(found) else found

    draws = drawn(units, finite)
    low, high = percentiles(draws) or (None, None)
    return Figure(
        name=name,
        value=finite(units) or 0.0,
        low=low,
        high=high,
        n=len(units),
        unit=unit,
        higher_is_better=higher_is_better,
        draws=tuple(draws),
    )


def ratio(pairs: Sequence[tuple[float, float]]) -> float | None:
    """Of two sums; None where there is nothing to divide by."""
    below = sum(one for _, one in pairs)
    return sum(one for one, _ in pairs) / below if below else None


def interval(share: float, n: int) -> tuple[float, float]:
    """95 % interval of a share by Wilson's formula."""
    wide = 1.96**2 / n
    half = math.sqrt(wide * (share * (1 - share) + wide / 4))
    return (share + wide / 2 - half) / (1 + wide), (share + wide / 2 + half) / (1 + wide)


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """Measures its figures from the data folder and a folder to keep slow steps in."""

    needs: tuple[str, ...]
    """Files and folders below the data folder."""
    measure: Callable[[Path, Path | None], Sequence[Figure]]
    slow: bool = False
    """Only where it is asked for."""

    def lacking(self, data: Path) -> list[str]:
        """What it needs and the folder does not have."""
        return [one for one in self.needs if not (data / one).exists()]
