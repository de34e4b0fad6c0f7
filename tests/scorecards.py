"""What must hold of any scorecard, whatever was said and noticed."""

from __future__ import annotations

from decimal import Decimal

from pipeline.reports import CAPS, Place
from pipeline.scores import Score, Scorecard
from pipeline.values import Dialogue


def assert_exact(card: Scorecard) -> None:
    """Rows sum to each score and scores to the overall; all lie within caps and intervals; no score, no rows."""
    for one in card.dimensions:
        rows = [row.points for row in card.evidence if row.dimension == one.dimension]
        assert one.cap == CAPS[one.dimension]
        _assert_score(one)
        if one.score is None:
            assert not rows
            continue
        assert sum(rows) == one.score
        assert all(points == points.quantize(Decimal("0.01")) for points in rows)
        assert all(abs(points) <= one.cap for points in rows)
        assert one.evidence_level
    parts = [one.score for one in card.dimensions if one.score is not None]
    whole = sum(parts, Decimal(0)) if len(parts) == len(card.dimensions) else None
    assert card.overall.score == whole
    assert card.overall.cap == sum(CAPS.values())
    _assert_score(card.overall)
    level = card.level
    assert (level.state == "scored") == (whole is not None)
    if level.cefr is None:
        assert level.reason
    else:
        assert str(level.low) <= level.cefr <= str(level.high)


def _assert_score(one: Score) -> None:
    if one.score is None or one.low is None or one.high is None:
        assert (one.state, one.score, one.low, one.high) == ("insufficient", None, None, None)
        assert one.reason
    else:
        assert one.state == "scored"
        assert 0 <= one.low <= one.score <= one.high <= one.cap


def assert_placed(card: Scorecard, talk: Dialogue) -> None:
    """Every place names the words of one segment that its code points hold and its seconds span."""
    for row in card.evidence:
        if row.place is not None:
            _assert_place(row.place, talk)


def _assert_place(place: Place, talk: Dialogue) -> None:
    (segment,) = (one for one in talk.segments if one.number == place.segment)
    words = [one for one in segment.words if one.id in place.words]
    assert [one.id for one in words] == list(place.words)
    assert words
    assert segment.text[place.start : place.end] == " ".join(one.text for one in words)
    assert (place.start_time, place.end_time) == (words[0].start, words[-1].end)
