"""Why there is no number: each dimension's reason, what would help, and nothing else in its place."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from pipeline.enough import GUESSED, GUESSWORK, MUMBLED, NO_SENTENCES, TOGETHER, worded
from pipeline.reports import Dimension
from pipeline.values import LEARNER, Dialogue
from tests.factories import dialogue
from tests.judging import TALK, judged
from tests.scorecards import assert_exact
from tests.shipped import RUBRICS

RUBRIC = RUBRICS["2026.2"]
HELP = re.compile(
    r"\bwould help\b|\b[Nn]ame the learner\b|\bUpload a conversation\b|\bare needed\b"
)
FEW = dialogue("P: where do you live?", "L: in a town", "P: and you like it?", "L: yes I do")
QUICK = dialogue(
    "P: what did you do?",
    "L: on Monday I was at home as the sun was too hot for me and my dog, so I had tea and a bun",
    "P: and then?",
    "L: then we sat in the park, and he ran to a big cat, but it ran up a tree",
)
QUICK_WORDS = [word for one in QUICK.learner_segments for word in one.words]
MANY = dialogue("L: " + " ".join(one.text for one in TALK.learner_segments), "P: I see, thank you")
UNNAMED = replace(TALK, speakers=tuple(replace(one, role="unknown") for one in TALK.speakers))


def guessed(talk: Dialogue, probability: float = 0.3) -> Dialogue:
    """The learner's words all heard so unsurely."""
    return replace(
        talk,
        segments=tuple(
            replace(one, words=tuple(replace(word, probability=probability) for word in one.words))
            if one.speaker == LEARNER
            else one
            for one in talk.segments
        ),
    )


TANGLED = replace(TALK, segments=tuple(replace(one, overlap=True) for one in TALK.segments))
FRENCH = replace(TALK, language="fr", language_supported=False)


@pytest.mark.parametrize(
    ("talk", "reasons"),
    [
        (
            FEW,
            [
                "6 words in English",
                "6 English words",
                "1 s and 6 words",
                "6 of the learner's",
                "2 times",
            ],
        ),
        (QUICK, ["", "", f" s and {len(QUICK_WORDS)} words; 15 s", "", ""]),
        (MANY, ["", "", "", "", "replies to the partner 0 times"]),
        (FRENCH, ["another language"] * 5),
        (TANGLED, [TOGETHER] * 5),
        (guessed(QUICK), [worded(MUMBLED)] * 5),
        (UNNAMED, ["not known which speaker is the learner"] * 5),
    ],
    ids=["words", "seconds", "turns", "language", "overlap", "unsure", "unknown"],
)
def test_each_dimension_says_what_is_lacking_and_what_would_help(
    talk: Dialogue, reasons: list[str]
) -> None:
    card = judged(talk, RUBRIC)
    assert_exact(card)
    assert card.overall.score is None
    for one, reason in zip(Dimension, reasons, strict=True):
        found = card.of(one).reason
        if reason:
            assert found is not None
            assert reason in found
            assert HELP.search(found)
            assert found in str(card.overall.reason)


def test_what_rests_on_guessed_words_gets_no_number_and_no_evidence_but_pronunciation_does() -> (
    None
):
    card = judged(guessed(TALK, GUESSED - 0.01), RUBRIC)
    assert_exact(card)
    assert {one.dimension for one in card.dimensions if one.score is not None} == {
        Dimension.PRONUNCIATION
    }
    assert {one.reason for one in card.dimensions if one.score is None} == {GUESSWORK}
    assert {one.dimension for one in card.evidence} == {Dimension.PRONUNCIATION}
    assert not [one for one in card.evidence if one.place], "no word is named that nobody said"


def test_of_guessed_words_it_is_not_told_that_they_are_no_sentences() -> None:
    turns = (" ".join(f"{a}{b}ola" for b in "aeiouy") for a in "bdfghjklm")
    names = dialogue(*(line for one in turns for line in ("P: and who?", f"L: {one}")))
    assert {one.reason for one in judged(names, RUBRIC).dimensions} == {worded(NO_SENTENCES)}, (
        "heard surely"
    )
    card = judged(guessed(names, GUESSED - 0.01), RUBRIC)
    assert {one.reason for one in card.dimensions if one.score is None} == {GUESSWORK}
