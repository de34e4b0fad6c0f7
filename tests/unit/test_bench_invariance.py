from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from bench.invariance import Shift, files, table
from pipeline.analysis import ScorePart
from pipeline.reports import Dimension


def score(points: str | None, low: str = "8", high: str = "12") -> ScorePart:
    given = points is not None
    return ScorePart(
        score=Decimal(points) if points is not None else None,
        cap=Decimal(20),
        low=Decimal(low) if given else None,
        high=Decimal(high) if given else None,
        state="scored" if given else "insufficient",
        reason=None if given else "Too short.",
        evidence_level=None,
    )


def shift(form: str, before: str | None, after: str | None) -> Shift:
    return Shift(
        recording="talk.ogg",
        form=form,
        dimension=Dimension.FLUENCY,
        before=score(before),
        after=score(after),
    )


@pytest.mark.parametrize(
    ("form", "before", "after", "moved", "within"),
    [
        ("again", "10", "10", 0.0, True),
        ("again", "10", "10.01", 0.0005, False),
        ("softer", "10", "10.4", 0.02, True),
        ("softer", "10", "9.59", 0.0205, False),
        ("mp3", "10", "11", 0.05, True),
        ("mp3", "10", None, 1.0, False),
        ("mp3", None, "10", 1.0, False),
        ("telephone", "10", "11.9", 0.095, True),
        ("telephone", "10", "12.1", 0.105, False),
        ("telephone", "10", None, 1.0, False),
        ("telephone", None, "10", 1.0, False),
        ("telephone", None, None, 0.0, True),
    ],
)
def test_each_form_has_its_limit(
    form: str, before: str | None, after: str | None, moved: float, within: bool  # noqa: FBT001 - a row of the table
) -> None:  # fmt: skip
    found = shift(form, before, after)
    assert found.moved == pytest.approx(moved)
    assert found.within is within
    assert ("TOO FAR" in str(found)) is not within


def test_the_table_gives_median_worst_and_share_and_leaves_out_what_was_never_scored() -> None:
    shifts = [shift("mp3", "10", "10.2"), shift("mp3", "10", "12"), shift("mp3", None, None)]
    rows = [line.split() for line in table(shifts)]
    assert rows[1] == ["mp3", "fluency", "0.055", "0.100", "1", "of", "2", "(50", "%)"]
    assert rows[2][:4] == ["mp3", "all", "0.055", "0.100"]
    assert rows[3][:4] == ["all", "forms", "0.055", "0.100"]


def test_a_folder_stands_for_the_recordings_in_it(tmp_path: Path) -> None:
    for name in ("b.flac", "a.ogg", "all.rttm"):
        (tmp_path / name).touch()
    (tmp_path / "inner").mkdir()
    assert files([tmp_path, Path("x.any")]) == [
        tmp_path / "a.ogg",
        tmp_path / "b.flac",
        Path("x.any"),
    ]
