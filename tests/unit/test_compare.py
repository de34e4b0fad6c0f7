"""What moved between two scorecards, in rows that people can follow."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from uuid import uuid4

from pipeline.reports import Dimension, Place
from pipeline.scores import Evidence, Scorecard
from pipeline.values import Dialogue
from review.compare import Comparison, Side, compare
from tests.factories import dialogue
from tests.report_factories import place, scorecard

TALK = dialogue("P: Where did you go?", "L: I goed home and he go too.", "P: Nice.", "L: Yes.")


def row(points: str, where: Place | None, rule: str = "SLIP") -> Evidence:
    return Evidence(
        dimension=Dimension.GRAMMAR,
        rule=rule,
        points=Decimal(points),
        explanation="It shows.",
        place=where,
    )


def compared(before: Scorecard, after: Scorecard, talk: Dialogue = TALK) -> Comparison:
    sides = [
        Side(
            conversation=uuid4(), run=None, evaluation=None, rubric=rubric, shown=False,
            card=card, dialogue=said,
        )
        for rubric, card, said in (("a", before, TALK), ("b", after, talk))
    ]  # fmt: skip
    return compare(*sides)


def test_scores_move_by_their_difference() -> None:
    found = compared(scorecard(), scorecard("18.5", "15", "14", "11", "14"))
    moved = {one.name: one.by for one in found.scores}
    assert moved == {
        "overall": Decimal("-0.50"),
        "grammar": Decimal("-1.50"),
        "vocabulary": 0,
        "fluency": 0,
        "pronunciation": 0,
        "comprehension": Decimal("1.00"),
    }
    assert (found.before.rubric, found.after.rubric) == ("a", "b")


def test_a_score_that_is_not_there_does_not_move_and_says_why() -> None:
    found = compared(scorecard(), scorecard(insufficient="Too few words."))
    overall = found.scores[0]
    assert (overall.before, overall.after, overall.by) == (Decimal("73.00"), None, None)
    assert overall.reason == "Too few words."


def test_evidence_appears_goes_and_changes_points() -> None:
    home, he = place(TALK, "goed"), place(TALK, "he go")
    before = scorecard(evidence=(row("25", None, "full"), row("-2", home), row("-3", he)))
    after = scorecard(evidence=(row("25", None, "full"), row("-1", home), row("-4", None, "OTHER")))
    found = compared(before, after).evidence
    assert [(one.kind, one.by, one.said) for one in found] == [
        ("appeared", Decimal(-4), None),
        ("went", Decimal(3), "he go"),
        ("changed", Decimal(1), "goed"),
    ]
    assert [(one.before, one.after) for one in found] == [
        (None, Decimal(-4)),
        (Decimal(-3), None),
        (Decimal(-2), Decimal(-1)),
    ]


def test_the_same_rows_in_another_order_are_no_change() -> None:
    home = place(TALK, "goed")
    rows = (row("-1", home), row("-1", home), row("25", None, "full"))
    assert compared(scorecard(evidence=rows), scorecard(evidence=rows[::-1])).evidence == ()


def test_one_of_two_like_rows_that_goes_is_one_that_went() -> None:
    home = place(TALK, "goed")
    before, after = (row("-1", home), row("-1", home)), (row("-1", home),)
    (found,) = compared(scorecard(evidence=before), scorecard(evidence=after)).evidence
    assert (found.kind, found.by) == ("went", Decimal(1))


def test_rows_are_known_again_by_their_time_where_segments_are_others() -> None:
    """As after a correction that splits a turn."""
    home = place(TALK, "goed")
    moved = replace(home, segment=7, start=0, end=4)
    talk = replace(TALK, segments=(replace(TALK.segments[1], number=7, text="goed home"),))
    found = compared(
        scorecard(evidence=(row("-1", home),)), scorecard(evidence=(row("-2", moved),)), talk
    )
    assert [(one.kind, one.said) for one in found.evidence] == [("changed", "goed")]


def test_evidence_of_a_dimension_moves_as_much_as_its_score() -> None:
    home = place(TALK, "goed")
    before = scorecard(evidence=(row("25", None, "full"), row("-5", home)))
    after = scorecard(
        "18", "15", "14", "11", "13", evidence=(row("25", None, "full"), row("-7", home))
    )
    found = compared(before, after)
    grammar = next(one for one in found.scores if one.name == "grammar")
    assert grammar.by == sum(one.by for one in found.evidence)
