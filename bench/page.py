"""docs/validity.md, from the figures and the prose of `validity-page.md`."""

from __future__ import annotations

from pathlib import Path

from bench.baseline import Figures
from bench.figures import Figure
from pipeline.bootstrap import LEAST

TEMPLATE = Path(__file__).with_name("validity-page.md")
PAGE = Path(__file__).parents[1] / "docs" / "validity.md"
PLACE = "{figures}\n"
"""Where the table goes, on a line of its own."""
BETTER = {True: "higher", False: "lower", None: ""}


def document(figures: Figures, template: str) -> str:
    """The whole page; the same figures give the same text."""
    rows = [
        f"| {part} | {one.name} | {_shown(one)} | {one.n:,} {one.unit} | {BETTER[one.higher_is_better]} |"
        for part, some in figures.items()
        for one in some
    ]
    head = "| part | what | figure (95 %) | n | better |\n|---|---|---|---|---|\n"
    older = [name for name, some in figures.items() if any(_only_told(one) for one in some)]
    note = f"\nTold by hand before this command, not yet measured by it: {', '.join(older)}.\n"
    return template.replace(PLACE, head + "\n".join(rows) + "\n" + (note if older else ""))


def _only_told(one: Figure) -> bool:
    """Whether it is guarded and could be drawn again, but never was."""
    return one.higher_is_better is not None and one.n >= LEAST and not one.draws


def _shown(one: Figure) -> str:
    around = (
        ""
        if one.low is None or one.high is None
        else f" ({_number(one.low)} to {_number(one.high)})"
    )
    return _number(one.value) + around


def _number(value: float) -> str:
    """Three places, no zero before the point, and no minus before nothing."""
    text = f"{value:.3f}".replace("-0.000", "0.000")
    return text.replace("0.", ".", 1) if text.lstrip("-").startswith("0.") else text
