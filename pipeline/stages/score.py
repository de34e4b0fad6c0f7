"""Score: reports to points by the rubric, each point with its evidence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

from pipeline.enough import unscorable
from pipeline.feedback import feedback
from pipeline.intervals import Margin, doubt, independent, margin, summed
from pipeline.languages import Language, language_of
from pipeline.metrics import METRICS
from pipeline.points import apportioned, rounded, share
from pipeline.reports import CAPS, Dimension, Metric, Report
from pipeline.rubric import Criterion, Rubric
from pipeline.scores import DimensionScore, Evidence, Level, Score, Scorecard
from pipeline.stage import stage
from pipeline.values import Dialogue, Upload


@stage(version=9)
def score(upload: Upload, dialogue: Dialogue, *reports: Report, rubric: Rubric) -> Scorecard:
    """Rows of evidence sum exactly to each score, and the scores to the overall.

    The version rises with the texts of the feedback too: they are no tool with a version of its own.

    Without all five scores there is no overall one: the reasons of those that lack are given instead.
    """
    wider, reason = doubt(dialogue), unscorable(dialogue)
    language = language_of(dialogue.language)
    evidence: list[Evidence] = []
    scores: list[DimensionScore] = []
    for dimension in Dimension:
        report = next(one for one in reports if one.dimension == dimension)
        report = report if reason is None else replace(report, insufficient=reason)
        found, rows = _dimension(report, rubric.criteria[dimension], wider, language)
        scores.append(found)
        evidence += rows
    overall = _overall(scores)
    level = _level(overall, reports, rubric)
    return Scorecard(
        rubric=rubric.version,
        rubric_sha256=rubric.sha256,
        dimensions=tuple(scores),
        overall=overall,
        level=level,
        evidence=tuple(evidence),
        feedback=feedback(
            dialogue,
            reports,
            scores if language.complete else (),  # advice and examples are of English
            evidence,
            rubric=rubric,
            level=level.cefr,
            language=upload.feedback_language,
        ),
    )


def _dimension(
    report: Report, criteria: Sequence[Criterion], wider: float, language: Language
) -> tuple[DimensionScore, list[Evidence]]:
    reason = report.insufficient
    measured = {one.metric: report.metric(one.metric) for one in criteria}
    lacking = [one for one in criteria if measured[one.metric] is None]
    if reason is None and lacking:
        reason = _unmeasured(lacking, language)
    if reason is not None:
        return _insufficient(report.dimension, reason), []
    cap = Decimal(CAPS[report.dimension])
    rows: list[Evidence] = []
    margins: list[Margin] = []
    for criterion in criteria:
        metric = measured[criterion.metric]
        if metric is not None:
            rows += _rows(report, criterion, metric)
            margins.append(margin(criterion, metric))
    points = sum((row.points for row in rows), Decimal(0))
    below, above = summed(margins)
    return (
        DimensionScore(
            dimension=report.dimension,
            state="scored",
            cap=cap,
            score=points,
            low=max(Decimal(0), points - rounded(wider * below)),
            high=min(cap, points + rounded(wider * above)),
            reason=None,
            evidence_level=report.evidence_level,
        ),
        rows,
    )


def _unmeasured(lacking: Sequence[Criterion], language: Language) -> str:
    if language.complete:
        return f"It could not be measured: {METRICS[lacking[0].metric].meaning}"
    asked = " and ".join(f"“{one.title}”" for one in lacking)
    return f"The rubric asks for {asked}, which cannot be measured in {language.name}: what was found stands without points."


def _insufficient(dimension: Dimension, reason: str) -> DimensionScore:
    return DimensionScore(
        dimension=dimension,
        state="insufficient",
        cap=Decimal(CAPS[dimension]),
        score=None,
        low=None,
        high=None,
        reason=reason,
        evidence_level=None,
    )


def _rows(report: Report, criterion: Criterion, metric: Metric) -> list[Evidence]:
    """One row of gain; or full marks, and the loss in rows by the weight of what was noticed."""
    gained = rounded(float(criterion.points) * share(criterion.anchors, metric.value))
    told = f"{criterion.title}: {metric.value:.4g} {METRICS[metric.name].unit}"
    noticed = [one for one in report.observations if one.metric == criterion.metric]
    loss = gained - criterion.points
    if criterion.kind == "gain" or not noticed or not loss:
        # What is noticed of losses is a fault: no place for full marks.
        shown = noticed if criterion.kind == "gain" else []
        place = shown[0].place if shown else None
        return [
            Evidence(
                dimension=report.dimension,
                rule=criterion.metric,
                points=gained,
                explanation=f"{told} gives {gained} of {criterion.points} points.",
                place=place,
            )
        ]
    parts = apportioned(loss, [one.weight for one in noticed])
    full = Evidence(
        dimension=report.dimension,
        rule=criterion.metric,
        points=rounded(criterion.points),
        explanation=f"{told} costs {-loss} of {criterion.points} points, as follows.",
        place=None,
    )
    losses = [
        Evidence(
            dimension=report.dimension,
            rule=one.rule,
            points=part,
            explanation=one.message,
            place=one.place,
        )
        for one, part in zip(noticed, parts, strict=True)
        if part  # a hundredth has no parts: the smallest of many slips cost nothing
    ]
    return [full, *losses]


def _overall(scores: Sequence[DimensionScore]) -> Score:
    lacking = [one for one in scores if one.score is None]
    cap = Decimal(sum(CAPS.values()))
    if lacking:
        reasons = list(dict.fromkeys(str(one.reason) for one in lacking))
        names = ", ".join(one.dimension for one in lacking)
        return Score(
            state="insufficient",
            cap=cap,
            score=None,
            low=None,
            high=None,
            reason=f"Not enough evidence for {names}. {' '.join(reasons)}",
            evidence_level=None,
        )
    points = sum((one.score or Decimal(0) for one in scores), Decimal(0))
    below, above = independent(
        (float(one.score - one.low), float(one.high - one.score))
        for one in scores
        if one.score is not None and one.low is not None and one.high is not None
    )
    return Score(
        state="scored",
        cap=cap,
        score=points,
        low=max(Decimal(0), points - rounded(below)),
        high=min(cap, points + rounded(above)),
        reason=None,
        evidence_level=None,
    )


def _level(overall: Score, reports: Sequence[Report], rubric: Rubric) -> Level:
    """By the points, and no higher than the profile of words and structures carries."""
    if overall.score is None or overall.low is None or overall.high is None:
        return Level(state="insufficient", cefr=None, low=None, high=None, reason=overall.reason)
    metrics = {one.name: one for report in reports for one in report.metrics}
    told = rubric.level(overall.score, {name: one.value for name, one in metrics.items()})
    ends = [
        rubric.level(points, {name: _end(one, n) for name, one in metrics.items()}).cefr
        for n, points in enumerate((overall.low, overall.high))
    ]
    return Level(
        state="scored",
        cefr=told.cefr,
        low=min(told.cefr, *ends),
        high=max(told.cefr, *ends),
        reason=told.reason,
    )


def _end(metric: Metric, end: int) -> float:
    """The metric's lower (0) or upper (1) bound, its value where it has none."""
    bound = metric.high if end else metric.low
    return metric.value if bound is None else bound
