"""What the learner reads: what went well, what to work on, and how; each with the learner's own words.

What matters most is told by points that could be won back. They hold frequency and severity already: a
family's losses are the sum of its rows of evidence, and a heavier slip costs more. The level comes on
top: what the learner's level has long asked for counts more (`STEP`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from pipeline.examples import example, illustration
from pipeline.families import MASTERED, kin
from pipeline.phrases import Phrases, first, phrases
from pipeline.quotes import AROUND, Quote, quote
from pipeline.reports import Dimension, GrammarError, GrammarReport, Place, Report
from pipeline.rubric import LEVELS, Criterion, Rubric
from pipeline.scores import DimensionScore, Evidence, Feedback, Kind, Remark
from pipeline.values import Dialogue

STRONG = 0.7
"""Share of a criterion's points from which on it is a strength: the rubric's anchors give .7 to what is usual."""
WEAK = 0.6
"""Share below which a criterion without slips of its own is something to work on: it never is a strength too."""
MOST = 3
"""A learner can work on three things at a time, not on ten."""
LEAST = Decimal("0.5")
"""Points: what costs less does not matter, one slip in a hundred words costs more."""
STEP = 0.25
"""More weight for each level that a family lies below the learner's; judgement: four levels below counts double."""
IN_CONTEXT = frozenset({Dimension.GRAMMAR, Dimension.FLUENCY})
"""Where what is wrong is between the words; elsewhere it is the words themselves."""


@dataclass(frozen=True, slots=True)
class _Loss:
    """One row of loss with what it is about."""

    row: Evidence
    family: str
    metric: str | None
    error: GrammarError | None


@dataclass(frozen=True, slots=True)
class _Judged:
    """One scored dimension with all that feedback needs of it."""

    dialogue: Dialogue
    report: Report
    criteria: Sequence[Criterion]
    rows: Sequence[Evidence]
    words: Phrases
    slips: frozenset[str]
    """Ids of words in which a slip was found, counted or not."""


def feedback(
    dialogue: Dialogue,
    reports: Sequence[Report],
    scores: Sequence[DimensionScore],
    evidence: Sequence[Evidence],
    *,
    rubric: Rubric,
    level: str | None,
    language: str,
) -> Feedback:
    """At most three of each; nothing is said of a dimension that could not be judged.

    Strengths: of each dimension the criterion that gives most, of these the three nearest to full points.
    Areas: by points to be won back times the level's weight.
    """
    by_dimension = {one.dimension: one for one in reports}
    words, slips, matters = phrases(language), _slips(reports), _matters(level)
    detailed: list[Remark] = []
    for one in (one.dimension for one in scores if one.score is not None):
        rows = [row for row in evidence if row.dimension == one]
        judged = _Judged(dialogue, by_dimension[one], rubric.criteria[one], rows, words, slips)
        detailed += _told(judged, matters)
    best = sorted((one for one in detailed if one.kind == "strength"), key=_shown(rubric))
    worst = sorted(
        (one for one in detailed if one.kind == "area" and -one.points >= LEAST),
        key=matters,
    )[:MOST]
    return Feedback(
        strengths=tuple(one.text for one in best[:MOST]),
        areas_for_improvement=tuple(dict.fromkeys(one.text for one in worst)),
        recommendations=tuple(dict.fromkeys(one.advice for one in worst if one.advice)),
        detailed=tuple(detailed),
        language=words.language,
    )


def _told(judged: _Judged, matters: Callable[[Remark], tuple[float, str]]) -> list[Remark]:
    """The strength and the areas of a dimension.

    Of like measures the area that costs most is told; where it costs little and another one is a strength, the strength.
    """
    areas: list[Remark] = []
    given: set[str] = set()
    for one in sorted(_areas(judged), key=matters):
        about = _kin_of(judged, one)
        if len(areas) < MOST and not about & given:
            areas.append(one)
            given |= about
    dear = [one for one in areas if -one.points >= LEAST]
    strength = _strength(judged, set().union(*(_kin_of(judged, one) for one in dear)))
    praised = set().union(*(kin(one.about) for one in strength))
    return [*strength, *(one for one in areas if one in dear or not praised & _kin_of(judged, one))]


def _kin_of(judged: _Judged, area: Remark) -> set[str]:
    """The measures that an area is about, with their kin; a slip is about none, few slips are some."""
    about = {
        one.metric
        for one in _losses(judged)
        if one.family == area.about and one.metric and not one.error
    }
    return set().union(*(kin(one) for one in about | {area.about}))


def _slips(reports: Sequence[Report]) -> frozenset[str]:
    grammar = [one for one in reports if isinstance(one, GrammarReport)]
    return frozenset(name for one in grammar for error in one.errors for name in error.place.words)


def _matters(level: str | None) -> Callable[[Remark], tuple[float, str]]:
    """Sorts what matters most to the front: points times the weight of the level."""

    def key(one: Remark) -> tuple[float, str]:
        mastered = MASTERED.get(one.about)
        below = (
            LEVELS.index(level) - LEVELS.index(mastered)
            if level is not None and mastered is not None
            else 0
        )
        return float(one.points) * (1 + STEP * max(0, below)), one.about

    return key


def _shown(rubric: Rubric) -> Callable[[Remark], tuple[bool, float]]:
    """Sorts strengths: those with words that show them first, then by the share of the points."""
    most = {one.metric: one.points for part in rubric.criteria.values() for one in part}
    return lambda one: (one.quote is None, -float(one.points / most[one.about]))


def _losses(judged: _Judged) -> list[_Loss]:
    """The rows of loss; a slip's family is its type, everything else is of the family of its rule."""
    report = judged.report
    noticed = {(one.rule, one.place, one.message): one.metric for one in report.observations}
    errors: dict[tuple[str, Place | None], GrammarError] = {}
    if isinstance(report, GrammarReport):
        errors = {(one.rule, one.place): one for one in report.errors}
    found = []
    for row in judged.rows:
        if row.points < 0:
            error = errors.get((row.rule, row.place))
            metric = noticed.get((row.rule, row.place, row.explanation))
            found.append(_Loss(row, error.type if error else row.rule, metric, error))
    return found


def _gained(judged: _Judged, one: Criterion) -> Decimal:
    """The criterion's points: its own row, less the losses that bear on it."""
    own = sum((row.points for row in judged.rows if row.rule == one.metric), Decimal(0))
    lost = (loss for loss in _losses(judged) if one.metric == loss.metric != loss.row.rule)
    return sum((loss.row.points for loss in lost), own)


def _areas(judged: _Judged) -> Iterable[Remark]:
    losses = _losses(judged)
    weak = {one.metric for one in judged.criteria if _weak(judged, one)}
    for family in dict.fromkeys(one.family for one in losses):
        metrics = {one.metric for one in losses if one.family == family}
        # What has no text of its own has that of its measure, which must be one to work on.
        if (
            family not in judged.words.area
            and metrics & judged.words.area.keys()
            and not metrics & weak
        ):
            continue
        yield _area(judged, family, [one for one in losses if one.family == family])
    told = {one.metric for one in losses}
    for criterion in judged.criteria:
        if criterion.metric in weak - told:
            yield _remark(
                judged,
                "area",
                (criterion.metric, criterion.metric),
                points=_gained(judged, criterion) - criterion.points,
                shown=_quoted(judged, illustration(judged.dialogue, judged.report, criterion)),
                frame="example",
            )


def _weak(judged: _Judged, one: Criterion) -> bool:
    return _gained(judged, one) < one.points * Decimal(str(WEAK))


def _area(judged: _Judged, family: str, losses: Sequence[_Loss]) -> Remark:
    """One family; of its rows the one is quoted that has a better form, then that costs most, then the first."""
    around = AROUND if judged.report.dimension in IN_CONTEXT else 0
    best: tuple[tuple[bool, Decimal, float], Quote] | None = None
    for one in losses:
        if one.row.place is None:
            continue
        better = one.error.suggestion if one.error else None
        found = quote(judged.dialogue, one.row.place, better=better, around=around)
        if found is not None:
            order = (found.better is None, one.row.points, one.row.place.start_time)
            if best is None or order < best[0]:
                best = (order, found)
    return _remark(
        judged,
        "area",
        (family, losses[0].metric),
        points=sum((one.row.points for one in losses), Decimal(0)),
        times=len(losses),
        shown=best[1] if best else None,
    )


def _strength(judged: _Judged, wanting: set[str]) -> list[Remark]:
    """Of the criteria with a large share of their points the one that gives most; none whose kin is to be worked on."""
    points = [(_gained(judged, one), one) for one in judged.criteria]
    weak = wanting | {one.metric for one in judged.criteria if _weak(judged, one)}
    strong = [
        (gained, one)
        for gained, one in points
        if gained >= one.points * Decimal(str(STRONG)) and not weak & kin(one.metric)
    ]
    if not strong:
        return []
    gained, best = max(strong, key=lambda one: one[0])
    return [
        _remark(
            judged,
            "strength",
            (best.metric, best.metric),
            points=gained,
            shown=_quoted(judged, example(judged.dialogue, judged.report, best, judged.slips)),
            frame="example",
        )
    ]


def _quoted(judged: _Judged, where: Place | None) -> Quote | None:
    return quote(judged.dialogue, where) if where is not None else None


def _remark(
    judged: _Judged,
    kind: Kind,
    about: tuple[str, str | None],
    *,
    points: Decimal,
    times: int = 1,
    shown: Quote | None = None,
    frame: str = "slip",
) -> Remark:
    """Puts it into words: what it is, the quote, the better form, how often; `about` is family and metric."""
    words, report = judged.words, judged.report
    texts = first(
        words.area if kind == "area" else words.strength, (*about, report.dimension.value)
    )
    metric = report.metric(about[1]) if about[1] else None
    value = metric.value if metric else 0.0
    told = [texts["text"].format(value=words.number(value), percent=words.number(100 * value))]
    advice = texts.get("advice")
    if shown is not None:
        told.append(texts.get("said", words.frame[frame]).format(quote=shown.text))
        if shown.better is not None:
            told.append(words.frame["better"].format(better=shown.better))
            advice = f"{advice} {words.frame['practise'].format(better=shown.better)}"
    # A text with a figure of its own has the true one: of many places only some may be shown.
    if times > 1 and "{" not in texts["text"]:
        told.append(words.frame["times"].format(times=times))
    return Remark(
        dimension=report.dimension,
        kind=kind,
        about=about[0],
        text=" ".join(told),
        advice=advice,
        quote=shown.text if shown else None,
        better=shown.better if shown else None,
        times=times,
        points=points,
        place=shown.place if shown else None,
    )
