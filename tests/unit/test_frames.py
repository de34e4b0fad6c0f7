from __future__ import annotations

import pandas as pd
import pytest

from pipeline.analysis import Analysis
from review.dataset import tables
from tests.documents import scored


@pytest.fixture(scope="module")
def analysis() -> Analysis:
    return scored()


@pytest.fixture(scope="module")
def frames(analysis: Analysis) -> dict[str, pd.DataFrame]:
    return analysis.to_pandas()


def test_the_tables_have_what_the_document_has(
    analysis: Analysis, frames: dict[str, pd.DataFrame]
) -> None:
    assert list(frames["segments"]["text"]) == [one.text for one in analysis.segments]
    assert len(frames["words"]) == sum(len(one.words) for one in analysis.segments)
    assert frames["metrics"].set_index("metric")["value"].to_dict() == {
        name: one.value for name, one in analysis.metrics.items()
    }
    sums = frames["evidence"].groupby("dimension")["points"].sum().round(2)
    scores = frames["scores"].set_index("dimension")["score"]
    assert sums.to_dict() == scores.drop("overall").to_dict()
    assert scores["overall"] == float(analysis.scores.overall.score or 0)


def test_the_columns_are_those_of_a_data_set(frames: dict[str, pd.DataFrame]) -> None:
    columns = {one.name: {column.name for column in one.columns} for one in tables(names=False)}
    for name in ("scores", "segments", "errors", "vocabulary"):
        assert set(frames[name].columns) - {"words"} == columns[name] - {"conversation"}
    assert set(frames["metrics"].columns) == columns["metrics"] - {"conversation", "meaning"}
    assert set(frames["evidence"].columns) - {"words"} == columns["evidence"] - {
        "conversation",
        "position",
    }
    for name in ("conversations", *frames):
        assert name in columns or name in {"speakers", "turns"}
