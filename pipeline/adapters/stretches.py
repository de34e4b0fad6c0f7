"""How a recording's windows are cut into stretches that are heard, and kept, one by one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

BATCH = 8
"""Windows: those of one batch fit the cache; more is no faster."""
STRETCH = 19 * BATCH
"""Windows of a stretch, whole batches so that each window is computed in the same company: five minutes at a step of
.2, some 30 s of work, which is what a kill costs, and some 200 kB of results."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """Windows and samples, the ends exclusive."""

    first: int
    last: int
    start: int
    end: int

    @property
    def name(self) -> str:
        """By its windows: with another STRETCH a kept one is not taken for what it is not."""
        return f"{self.first}-{self.last}"


def stretches(samples: int, window: int, step: int) -> Iterator[Stretch]:
    """All windows of so many samples every `step`; the last may reach past the recording's end."""
    total = max(1, 1 + -(-(samples - window) // step))
    for first in range(0, total, STRETCH):
        last = min(total, first + STRETCH)
        end = samples if last == total else (last - 1) * step + window
        yield Stretch(first=first, last=last, start=first * step, end=end)
