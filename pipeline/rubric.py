"""The rubric: criteria, points and levels, read from a TOML file and refused when it does not hold together."""

from __future__ import annotations

import hashlib
import math
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from functools import cache
from importlib.resources import files
from itertools import pairwise
from typing import Any, Literal

from pipeline.errors import PermanentError
from pipeline.metrics import METRICS
from pipeline.reports import CAPS, Dimension

LEVELS = ("A1", "A2", "B1", "B2", "C1", "C2")


@dataclass(frozen=True, slots=True, kw_only=True)
class Criterion:
    """How one metric gives points."""

    metric: str
    title: str
    points: Decimal
    kind: Literal["gain", "losses"]
    anchors: tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Demand:
    """What a level asks of one metric, beside the points."""

    level: str
    metric: str
    least: float
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A level, and by what rule."""

    cefr: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Rubric:
    """One version of the rubric."""

    version: str
    sha256: str
    criteria: dict[Dimension, tuple[Criterion, ...]]
    levels: dict[str, Decimal]
    """Overall points from which on each level holds."""
    profile: tuple[Demand, ...] = ()
    """What a level asks besides: points from elsewhere can't stand for words and structures never used."""
    text: str = field(default="", repr=False)
    """The file that it was read from."""

    @property
    def engine(self) -> str:
        """Version and content."""
        return f"rubric {self.version} {self.sha256[:12]}"

    def level(self, points: Decimal, metrics: Mapping[str, float]) -> Told:
        """The highest level whose points are reached and below which no demand fails.

        A metric that was not measured holds nobody back.
        """
        reached = max(one for one in LEVELS if self.levels[one] <= points)
        told = f"{points} points give {reached}."
        failed = [
            one
            for one in self.profile
            if one.level <= reached and metrics.get(one.metric, one.least) < one.least
        ]
        if not failed:
            return Told(cefr=reached, reason=told)
        first = min(failed, key=lambda one: one.level)
        held = LEVELS[max(0, LEVELS.index(first.level) - 1)]
        why = f"{first.level} asks for {first.title}: {metrics[first.metric]:.3g}, not {first.least:g} or more."
        return Told(cefr=held, reason=f"{told} {why}")


def parse(text: str) -> Rubric:
    """Read a rubric; PermanentError with the place of the fault."""
    try:
        data = tomllib.loads(text)
        rubric = _rubric(data, text)
    except KeyError as error:
        raise _fault(f"{error} is missing") from error
    except InvalidOperation as error:
        raise _fault("points must be numbers") from error
    except (tomllib.TOMLDecodeError, TypeError, ValueError, OverflowError, AttributeError) as error:
        raise _fault(f"it cannot be read ({error})") from error
    _check(rubric)
    return rubric


def digest(text: str) -> str:
    """Under which a rubric's text is known again."""
    return hashlib.sha256(text.encode()).hexdigest()


@cache
def shipped() -> Mapping[str, str]:
    """The texts of the rubrics in `config/rubrics`, by version."""
    folder = files("config").joinpath("rubrics")
    return {
        one.name.removesuffix(".toml"): one.read_text("utf-8")
        for one in folder.iterdir()
        if one.name.endswith(".toml")
    }


def _rubric(data: dict[str, Any], text: str) -> Rubric:
    _known(data, {"version", "title", "dimension", "levels", "profile"}, "the file")
    criteria: dict[Dimension, tuple[Criterion, ...]] = {}
    for one in data["dimension"]:
        dimension = Dimension(one["name"])
        _known(one, {"name", "cap", "criterion"}, dimension)
        if one["cap"] != CAPS[dimension]:
            raise _fault(f"{dimension} has the cap {one['cap']}, it must be {CAPS[dimension]}")
        if dimension in criteria:
            raise _fault(f"{dimension} stands twice")
        criteria[dimension] = tuple(_criterion(row) for row in one["criterion"])
    levels = {name: _points(points) for name, points in data["levels"].items()}
    return Rubric(
        version=str(data["version"]),
        sha256=digest(text),
        criteria=criteria,
        levels=levels,
        profile=tuple(_demand(row) for row in data.get("profile", ())),
        text=text,
    )


def _known(row: dict[str, Any], names: set[str], where: str) -> None:
    """What is not known would be ignored, and its author believe that it holds."""
    if unknown := sorted(row.keys() - names):
        raise _fault(f"{where}: no such rule as {unknown[0]!r}")


def _demand(row: dict[str, Any]) -> Demand:
    _known(row, {"level", "metric", "least", "title"}, f"profile, {row['metric']}")
    return Demand(
        level=row["level"],
        metric=row["metric"],
        least=_number(row["least"]),
        title=row["title"],
    )


def _criterion(row: dict[str, Any]) -> Criterion:
    _known(row, {"metric", "title", "points", "kind", "anchors"}, row["metric"])
    return Criterion(
        metric=row["metric"],
        title=row["title"],
        points=_points(row["points"]),
        kind=row["kind"],
        anchors=tuple((_number(value), _number(part)) for value, part in row["anchors"]),
    )


def _points(told: object) -> Decimal:
    """InvalidOperation for what is no number; TOML knows `nan` and `inf`, which no score can be."""
    found = Decimal(str(told))
    if not found.is_finite():
        raise InvalidOperation
    return found


def _number(told: float) -> float:
    found = float(told)
    if not math.isfinite(found):
        message = f"{found} is no value that can be reached"
        raise ValueError(message)
    return found


def _check(rubric: Rubric) -> None:
    missing = [one for one in Dimension if one not in rubric.criteria]
    if missing:
        raise _fault(f"{', '.join(missing)} is missing")
    for dimension, criteria in rubric.criteria.items():
        total = sum(one.points for one in criteria)
        if total != CAPS[dimension]:
            raise _fault(f"the points of {dimension} sum to {total}, not to {CAPS[dimension]}")
        for one in criteria:
            _check_criterion(dimension, one)
    if tuple(rubric.levels) != LEVELS or rubric.levels["A1"] != 0:
        raise _fault("the levels must be A1 to C2 in order, A1 from 0 points on")
    if any(low >= high for low, high in pairwise(rubric.levels.values())):
        raise _fault("the points of the levels must rise")
    for demand in rubric.profile:
        if demand.level not in LEVELS[1:]:
            raise _fault(f"the profile names the level {demand.level}; A2 to C2 can ask for more")
        if demand.metric not in METRICS:
            raise _fault(f"profile, {demand.metric}: no such metric")


def _check_criterion(dimension: Dimension, one: Criterion) -> None:
    where = f"{dimension}, {one.metric}"
    if one.metric not in METRICS:
        raise _fault(f"{where}: no such metric")
    if one.points <= 0 or one.points != one.points.quantize(Decimal("0.01")):
        raise _fault(f"{where}: points must be above 0, with two decimal places at most")
    if one.kind not in {"gain", "losses"}:
        raise _fault(f"{where}: the kind must be gain or losses")
    if len(one.anchors) < 2 or any(a[0] >= b[0] for a, b in pairwise(one.anchors)):  # noqa: PLR2004 - a line has two ends
        raise _fault(f"{where}: two anchors at least, with rising values")
    if any(not 0 <= part <= 1 for _, part in one.anchors):
        raise _fault(f"{where}: the shares of the anchors must lie between 0 and 1")
    steps = [b[1] - a[1] for a, b in pairwise(one.anchors)]
    if any(step > 0 for step in steps) and any(step < 0 for step in steps):
        raise _fault(f"{where}: the shares must only rise or only fall")


def _fault(what: str) -> PermanentError:
    return PermanentError(
        f"The rubric does not hold together: {what}.",
        code="rubric",
        advice="Mend the file and try again.",
    )
