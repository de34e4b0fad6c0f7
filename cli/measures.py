"""How figures with intervals look in a terminal."""

from __future__ import annotations

from collections.abc import Iterable

from rich.table import Table

from pipeline.rollout import Measure


def table(*heads: str) -> Table:
    """Numbers to the right, what they are of to the left."""
    made = Table(box=None, pad_edge=False)
    for n, name in enumerate(heads):
        made.add_column(name, justify="right" if n else "left")
    return made


def level_table(found: Iterable[Measure]) -> Table:
    """How often two scorings give the same level."""
    made = table("levels", "", "95 %")
    for one in found:
        unit = " %" if "agreement" in one.name else ""
        value = "-" if one.value is None else f"{one.value:.3g}{unit}"
        between = "" if one.low is None else f"{one.low:.3g} to {one.high:.3g}"
        made.add_row(one.name, value, between)
    return made


def measured(one: Measure, form: str) -> str:
    """The figure with its interval."""
    if one.value is None:
        return "-"
    between = "" if one.low is None else f" ({one.low:{form}} to {one.high:{form}})"
    return f"{one.value:{form}}{between}"


def reasons(found: Iterable[Measure]) -> list[str]:
    """Why figures or intervals are not there, each once."""
    told: dict[str, list[str]] = {}
    for one in found:
        if one.reason is not None:
            told.setdefault(one.reason, []).append(one.name)
    return [f"{', '.join(dict.fromkeys(names))}: {reason}" for reason, names in told.items()]
