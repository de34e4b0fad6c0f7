"""The page of a roll-out, for analysts: one HTML file that asks for nothing from anywhere."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from pages.html import Html, element, join, text
from pages.page import page
from pages.plots import Interval, histogram, intervals, scatter
from pipeline.rollout import Measure, Rollout
from pipeline.rubric import LEVELS

TOP = 100.0
"""Points overall."""


def rollout_page(found: Rollout, *, flag: float) -> str:
    """All that was found; drift of subgroups is no matter up to `flag` standard deviations."""
    title = f"Roll-out of the rubric {found.rubric}"
    return page(
        title,
        "rollout.css",
        element("h1", text(title)),
        *_told(found),
        _plots(found),
        _agreement(found),
        _scores(found),
        _levels(found),
        _subgroups(found, flag),
        _moved(found),
        _left_out(found),
        element("footer", element("p", text(FORMULAS))),
        language="en",
    )


FORMULAS = (
    "Names and formulas as in RSMTool: QWK is Cohen's kappa with quadratic weights over the levels; SMD is the mean shift over the "
    "standard deviation before; DSM is the mean of z after less z before in the subgroup, standardised over all. In brackets 95 % "
    "intervals by bootstrap over learners. A subgroup by the level before drifts towards the middle by itself where the two scores "
    "do not correlate perfectly. Nothing changes for readers before `colloquy rubric activate`."
)


def _told(found: Rollout) -> list[Html]:
    seen = ", ".join(f"{one.rubric} ({one.conversations})" for one in found.before)
    lines = [
        f"{found.conversations} conversations of {found.learners} learners, seen by {seen} now.",
        f"{found.lost} would lose their overall score, {found.gained} would gain one.",
    ]
    return [element("p", text(one)) for one in lines]


def _plots(found: Rollout) -> Html:
    pairs = [(one.before, one.after) for one in found.points]
    return element(
        "section",
        scatter(pairs, top=TOP, across="points now", up=f"points by {found.rubric}"),
        histogram([after - before for before, after in pairs], across="points moved"),
        class_="plots",
    )


def _agreement(found: Rollout) -> Html:
    rows = [
        [_name(one.name), *_cells(one, "%" if "agreement" in one.name else "")]
        for one in found.agreement
    ]
    return _section("Agreement of levels", ("", "", "95 %", ""), rows)


def _scores(found: Rollout) -> Html:
    rows = [
        [
            _name(f"{one.name} ({one.cap:g})"),
            _number(f"{one.mean_before:.2f}"),
            _number(f"{one.mean_after:.2f}"),
            _number(_measured(one.shift, signed=True)),
            _number(_measured(one.smd, signed=True)),
            _number(_measured(one.r)),
        ]
        for one in found.scores
    ]
    return _section("Points", ("", "mean now", "mean then", "shift", "SMD", "r"), rows)


def _levels(found: Rollout) -> Html:
    rows = [
        [
            _name(level),
            *(_number(str(n or ""), same=row == column) for column, n in enumerate(counts)),
        ]
        for row, (level, counts) in enumerate(zip(LEVELS, found.levels, strict=True))
    ]
    return _section("Levels now (rows) and then (columns)", ("", *LEVELS), rows)


def _subgroups(found: Rollout, flag: float) -> Html:
    few = f"{found.too_small} subgroups with fewer than {found.least} learners are not shown."
    if not found.subgroups:
        return element(
            "section", element("h2", text("Drift of subgroups")), element("p", text(few))
        )
    drawn = [
        Interval(
            name=f"{one.kind} {one.name}"[:28],
            value=one.dsm.value,
            low=one.dsm.low,
            high=one.dsm.high,
            flagged=one.flagged,
        )
        for one in found.subgroups
        if one.dsm.value is not None
    ]
    rows = [
        [
            _name(one.kind),
            _name(one.name),
            _number(str(one.conversations)),
            _number(str(one.learners)),
            _number(f"{one.mean_before:.2f}"),
            _number(f"{one.mean_after:.2f}"),
            _number(_measured(one.dsm, signed=True), flagged=one.flagged),
        ]
        for one in found.subgroups
    ]
    heads = ("", "", "conversations", "learners", "mean now", "mean then", "DSM")
    return join(
        _section("Drift of subgroups", heads, rows),
        element("p", text(few)),
        intervals(drawn, across="DSM, standard deviations", band=flag),
    )


def _moved(found: Rollout) -> Html:
    rows = [
        [
            _name(str(one.conversation)),
            _number(f"{one.before:.2f}"),
            _number(f"{one.after:.2f}"),
            _number(f"{one.by:+.2f}"),
            _name(f"{one.level_before} to {one.level_after}"),
            _name(f"{one.dimension} {one.dimension_by:+.2f}"),
        ]
        for one in found.moved
    ]
    heads = ("conversation", "now", "then", "moved", "level", "most of it")
    return _section("Moved most", heads, rows)


def _left_out(found: Rollout) -> Html:
    if not found.left_out:
        return Html("")
    rows = [[_name(str(one.conversation)), _name(one.reason)] for one in found.left_out]
    return _section("Not in the figures", ("conversation", "why"), rows)


def _section(heading: str, heads: Sequence[str], rows: Iterable[Sequence[Html]]) -> Html:
    cells = (element("th", text(one)) for one in heads)
    body = (element("tr", *row) for row in rows)
    table = element("table", element("tr", *cells), *body)
    return element("section", element("h2", text(heading)), table)


def _cells(one: Measure, unit: str) -> list[Html]:
    if one.value is None:
        return [_number("-"), _number(""), _name(one.reason or "")]
    between = "" if one.low is None else f"{one.low:.3g} to {one.high:.3g}"
    return [_number(f"{one.value:.3g}{unit}"), _number(between), _name(one.reason or "")]


def _measured(one: Measure, *, signed: bool = False) -> str:
    if one.value is None:
        return "-"
    form = "+.2f" if signed else ".3f"
    between = "" if one.low is None else f" [{one.low:{form}}, {one.high:{form}}]"
    return f"{one.value:{form}}{between}"


def _name(told: str) -> Html:
    return element("td", text(told))


def _number(told: str, *, same: bool = False, flagged: bool = False) -> Html:
    kinds = ["number", *(["same"] if same else []), *(["flagged"] if flagged else [])]
    return element("td", text(told), class_=" ".join(kinds))
