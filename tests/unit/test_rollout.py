"""The figures of a roll-out, and its page."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from uuid import UUID

import pytest

from models.cohort import Member
from pages.rollout import rollout_page
from pipeline.errors import PermanentError
from pipeline.reports import Dimension
from review.judging import Both, Marks
from review.rollout import FLAG, LEAST, rollout

PARTS = dict.fromkeys(Dimension, 10.0)


def marks(overall: float | None, level: str | None = "B1", rubric: str = "old") -> Marks:
    return Marks(
        rubric=rubric,
        overall=overall,
        level=level if overall is not None else None,
        parts=dict(PARTS) if overall is not None else dict.fromkeys(Dimension),
        reason=None if overall is not None else "Too few words.",
    )


def both(
    n: int,
    before: float | None,
    after: float | None,
    *,
    learner: int | None = None,
    class_name: str | None = None,
    levels: tuple[str, str] = ("B1", "B1"),
) -> Both:
    member = Member(
        conversation_id=UUID(int=n),
        run_id=UUID(int=1000 + n),
        learner=UUID(int=2000 + (n if learner is None else learner)),
        class_name=class_name,
        language="en",
        age_group=None,
    )
    return Both(
        member=member, before=marks(before, levels[0]), after=marks(after, levels[1], "new")
    )


def test_scores_that_are_not_there_are_counted_and_named() -> None:
    found = rollout(
        "new", [both(1, 50, 60), both(2, 50, None), both(3, None, 50), both(4, None, None)]
    )
    assert (found.conversations, found.gained, found.lost) == (1, 1, 1)
    reasons = {one.conversation.int: one.reason for one in found.left_out}
    assert set(reasons) == {2, 3, 4}
    assert reasons[2] == "No overall score by new. Too few words."
    assert reasons[3] == "No overall score now. Too few words."


def test_without_any_pair_there_is_nothing_to_compare() -> None:
    with pytest.raises(PermanentError, match="nothing to compare"):
        rollout("new", [both(1, 50, None)])


def test_one_conversation_says_what_cannot_be_computed() -> None:
    found = rollout("new", [both(1, 50, 60, levels=("B1", "B2"))])
    told = {one.name: one for one in found.agreement}
    assert (told["exact agreement"].value, told["exact + adjacent agreement"].value) == (0, 100)
    assert told["QWK"].value == 0
    overall = found.scores[0]
    assert (overall.shift.value, overall.shift.low) == (10, None)
    assert "too few learners" in str(overall.shift.reason)
    for one in (overall.smd, overall.r):
        assert one.value is None
        assert one.reason == "It takes conversations with different scores on both sides."
    assert found.subgroups == ()
    assert "It takes" not in rollout_page(found, flag=FLAG)
    assert "too few learners" in rollout_page(found, flag=FLAG)


def test_levels_are_counted_by_before_and_after() -> None:
    found = rollout(
        "new",
        [
            both(1, 50, 60, levels=("B1", "B2")),
            both(2, 50, 60, levels=("B1", "B2")),
            both(3, 40, 40),
        ],
    )
    assert sum(map(sum, found.levels)) == 3
    assert (found.levels[2][3], found.levels[2][2]) == (2, 1)


def test_the_ten_that_moved_most_come_first_and_what_did_not_move_does_not() -> None:
    found = rollout("new", [both(n, 50, 50 + (-1) ** n * n) for n in range(20)])
    assert [one.by for one in found.moved] == [-19, 18, -17, 16, -15, 14, -13, 12, -11, 10]
    assert rollout("new", [both(1, 50, 50), both(2, 60, 60)]).moved == ()


def test_a_subgroup_needs_enough_learners_not_conversations() -> None:
    """One class of thirty learners, one of ten conversations each of three."""
    crowd = [both(n, 40 + n, 42 + n, class_name="crowd") for n in range(LEAST)]
    few = [both(100 + n, 50 + n, 50 + n, learner=n % 3, class_name="few") for n in range(30)]
    found = rollout("new", [*crowd, *few])
    assert {one.name for one in found.subgroups if one.kind == "class"} == {"crowd"}
    assert found.too_small == 1
    with_fewer = rollout("new", [*crowd, *few], least=3)
    assert {one.name for one in with_fewer.subgroups if one.kind == "class"} == {"crowd", "few"}


def test_a_class_that_loses_where_others_gain_is_flagged() -> None:
    up = [both(n, 40 + n, 44 + n, class_name="up") for n in range(LEAST)]
    down = [both(100 + n, 40 + n, 36 + n, class_name="down") for n in range(LEAST)]
    found = {one.name: one for one in rollout("new", [*up, *down]).subgroups}
    assert found["up"].flagged
    assert found["down"].flagged
    assert not found["en"].flagged, "all of them"
    assert found["en"].dsm.value == pytest.approx(0)
    drift = found["down"].dsm
    assert drift.value is not None
    assert drift.high is not None
    assert drift.value < -FLAG
    assert drift.low is not None
    assert drift.low <= drift.value <= drift.high


class Page(HTMLParser):
    """What a page asks for, and whether its elements close."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = {name for name, _ in attrs}
        assert not names & {"src", "href", "onload", "onclick"}
        self.tags.append(tag)
        if tag != "meta":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_the_page_is_whole_works_offline_and_draws_what_there_is() -> None:
    found = rollout(
        "<new>",
        [both(n, 30 + n, 33 + n % 7, class_name="<b>&") for n in range(40)] + [both(99, 50, None)],
    )
    page = rollout_page(found, flag=FLAG)
    parsed = Page(page)
    assert parsed.open == []
    assert parsed.tags.count("svg") == 3
    assert "script" not in parsed.tags
    assert page.count('class="dot"') == 40
    assert "&lt;new&gt;" in page
    assert "<b>" not in page
    assert "url(" not in page
    assert "default-src 'none'" in page
    for one in found.moved:
        assert str(one.conversation) in page


def test_bars_of_the_histogram_hold_all_conversations() -> None:
    found = rollout("new", [both(n, 50, 50 + n - 5) for n in range(11)])
    page = rollout_page(found, flag=FLAG)
    heights = [float(one) for one in re.findall(r'class="bar"[^>]*height="([\d.]+)"', page)]
    assert len(heights) == 21
    assert sum(one > 0 for one in heights) == 11
