"""The rubric: criteria, points and levels, read from a TOML file and refused when it does not hold together."""

from __future__ import annotations

import hashlib
import tomllib
from dataclasses import dataclass
from decimal import Decimal
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
class Rubric:
    """One version of the rubric."""

    version: str
    sha256: str
    criteria: dict[Dimension, tuple[Criterion, ...]]
    levels: dict[str, Decimal]
    """Overall points from which on each level holds."""

    @property
    def engine(self) -> str:
        """Version and content."""
        return f"rubric {self.version} {self.sha256[:12]}"

    def level(self, points: Decimal) -> str:
        """The highest level whose points are reached."""
        return max(one for one in LEVELS if self.levels[one] <= points)


def parse(text: str) -> Rubric:
    """Read a rubric; PermanentError with the place of the fault."""
    try:
        data = tomllib.loads(text)
        rubric = _rubric(data, hashlib.sha256(text.encode()).hexdigest())
    except (tomllib.TOMLDecodeError, KeyError, TypeError, ValueError, AttributeError) as error:
        raise _fault(f"it cannot be read ({error})") from error
    _check(rubric)
    return rubric


def _rubric(data: dict[str, Any], sha256: str) -> Rubric:
    criteria: dict[Dimension, tuple[Criterion, ...]] = {}
    for one in data["dimension"]:
        dimension = Dimension(one["name"])
        if one["cap"] != CAPS[dimension]:
            raise _fault(f"{dimension} has the cap {one['cap']}, it must be {CAPS[dimension]}")
        if dimension in criteria:
            raise _fault(f"{dimension} stands twice")
        criteria[dimension] = tuple(_criterion(row) for row in one["criterion"])
    levels = {name: Decimal(str(points)) for name, points in data["levels"].items()}
    return Rubric(version=str(data["version"]), sha256=sha256, criteria=criteria, levels=levels)


def _criterion(row: dict[str, Any]) -> Criterion:
    return Criterion(
        metric=row["metric"],
        title=row["title"],
        points=Decimal(str(row["points"])),
        kind=row["kind"],
        anchors=tuple((float(value), float(part)) for value, part in row["anchors"]),
    )


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
