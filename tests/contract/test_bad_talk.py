"""What is no conversation of a learner's, through the real text engines and every rubric.

Without sound, so pronunciation rests on the words' probabilities.
"""

from __future__ import annotations

from dataclasses import astuple, dataclass, replace
from decimal import Decimal
from functools import cache

import pytest

from pipeline.adapters.cefr import CefrLists
from pipeline.adapters.lingotweaker import LingoTweaker
from pipeline.adapters.minilm import MiniLm
from pipeline.adapters.spacy import Spacy
from pipeline.adapters.wordfreq import WordFreq
from pipeline.enough import NO_SENTENCES, RECITED, TOGETHER, worded
from pipeline.quotes import PROFANE
from pipeline.reports import Dimension, GrammarReport, Report, VocabularyReport
from pipeline.scores import Scorecard
from pipeline.stages.comprehension import comprehension
from pipeline.stages.fluency import fluency
from pipeline.stages.grammar import grammar
from pipeline.stages.pronunciation import pronunciation
from pipeline.stages.score import score
from pipeline.stages.vocabulary import vocabulary
from pipeline.values import Dialogue
from tests import talks
from tests.factories import context, recording, upload
from tests.fakes.hearing import FakePronunciationJudge
from tests.fakes.uploads import MemoryUploads
from tests.scorecards import assert_exact, assert_placed
from tests.shipped import RUBRICS

NO_ENGLISH = worded(NO_SENTENCES)


@dataclass(frozen=True)
class Engines:
    """Those of the judging stages that read."""

    checker: LingoTweaker
    analyzer: Spacy
    frequencies: WordFreq
    levels: CefrLists
    vectors: MiniLm


@cache
def engines() -> Engines:
    return Engines(LingoTweaker(), Spacy(), WordFreq(), CefrLists(), MiniLm())


def judged(talk: Dialogue) -> tuple[Report, ...]:
    tools = engines()
    return (
        grammar(talk, grammar_checker=tools.checker, text_analyzer=tools.analyzer),
        vocabulary(
            upload(),
            talk,
            text_analyzer=tools.analyzer,
            word_frequencies=tools.frequencies,
            level_list=tools.levels,
        ),
        fluency(talk, text_analyzer=tools.analyzer),
        pronunciation(
            recording(),
            talk,
            media=MemoryUploads(),
            pronunciation_judge=FakePronunciationJudge(),
            context=context(),
        ),
        comprehension(talk, sentence_vectors=tools.vectors),
    )


def cards(talk: Dialogue, *, language: str = "en") -> list[Scorecard]:
    """One a rubric; whatever was said, the rows are exact and stand where the words are."""
    reports = judged(talk)
    sent = upload(feedback_language=language)
    found = [score(sent, talk, *reports, rubric=one) for one in RUBRICS.values()]
    for card in found:
        assert_exact(card)
        assert_placed(card, talk)
    return found


def points(card: Scorecard) -> dict[Dimension, Decimal | None]:
    return {one.dimension: one.score for one in card.dimensions}


@pytest.mark.parametrize(
    ("talk", "reason"),
    [
        (talks.talk("go " * 500), RECITED),
        (talks.talk(*["banana. " * 63] * 8), RECITED),
        (talks.talk(*["very " * 63] * 8), RECITED),
        (talks.talk(*talks.LYRICS * 4), RECITED),
        (talks.talk(*["one two three four five six seven eight nine ten"] * 8), RECITED),
        (talks.gibberish(), NO_ENGLISH),
        (talks.talk(*talks.SPANISH), NO_ENGLISH),
        (talks.drawn(("seven", "twelve", "thirty", "forty-five", "hundred", "nine")), NO_ENGLISH),
        (talks.drawn(("7", "12", "1999", "45", "3.5", "100", "9")), NO_ENGLISH),
        (talks.drawn(("Zoë", "Łukasz", "François", "Nguyễn", "李小龙", "Ωρίων")), NO_ENGLISH),
        (talks.drawn(("🙂", "…", "—", "%", *"你好吗今天天气很привет")), NO_ENGLISH),
        (talks.together(), TOGETHER),
    ],
    ids=[
        "one-word-500-times", "one-word-500-times-in-8-turns", "very-500-times", "song", "counting",
        "gibberish", "another-language", "numbers", "digits", "names", "signs", "all-overlap",
    ],
)  # fmt: skip
def test_what_is_no_talk_of_the_learners_gets_no_points_and_the_reason(
    talk: Dialogue, reason: str
) -> None:
    for card in cards(talk):
        assert {one.reason for one in card.dimensions} == {reason}
        assert card.overall.reason is not None
        assert card.overall.reason.endswith(reason)
        assert card.feedback.detailed == ()


@pytest.mark.parametrize("talk", [talks.silent(), talks.read_aloud()], ids=["silent", "partner"])
def test_who_says_nothing_has_no_points_whatever_the_partner_reads_aloud(talk: Dialogue) -> None:
    for card in cards(talk):
        assert set(points(card).values()) == {None}
        assert all("help" in str(one.reason) for one in card.dimensions)


def test_a_native_speaker_has_high_scores_and_no_slips() -> None:
    talk = talks.talk(*talks.NATIVE)
    reports = judged(talk)
    assert isinstance(reports[0], GrammarReport)
    assert not [one.text for one in reports[0].errors if one.counted]
    for card in cards(talk):
        assert all(one.score and one.score >= one.cap * Decimal("0.85") for one in card.dimensions)
        assert card.level.cefr in {"C1", "C2"}


def test_a_turn_in_another_language_counts_for_nothing_either_way() -> None:
    plain = talks.talk(*talks.NATIVE)
    switched = talks.talk(*talks.NATIVE, talks.SPANISH[0], talks.GERMAN, talks.SPANISH[2])
    for before, after in zip(cards(plain), cards(switched), strict=True):
        one, other = points(before), points(after)
        words, with_foreign = one.pop(Dimension.VOCABULARY), other.pop(Dimension.VOCABULARY)
        assert other == one
        assert words is not None
        assert with_foreign is not None
        # Of a foreign turn the few words that are spelt as English ones count: "no", "me", "man".
        assert abs(with_foreign - words) <= Decimal("0.05") * 20


def test_foreign_words_inside_a_turn_are_no_slips_and_no_range() -> None:
    said = [f"{one} pero no sé cómo se dice" for one in talks.NATIVE]
    for before, after in zip(
        cards(talks.talk(*talks.NATIVE)), cards(talks.talk(*said)), strict=True
    ):
        assert after.of(Dimension.GRAMMAR).score == before.of(Dimension.GRAMMAR).score
        one, other = (points(card)[Dimension.VOCABULARY] for card in (before, after))
        assert one is not None
        assert other is not None
        assert other <= one


def test_an_empty_turn_moves_nothing() -> None:
    talk = talks.talk(*talks.NATIVE)
    first = talk.segments[1]
    empty = replace(first, number=len(talk.segments), text="", words=(), confidence=0.0)
    with_empty = replace(talk, segments=(*talk.segments, empty))
    assert [astuple(one) for one in cards(with_empty)] == [astuple(one) for one in cards(talk)]


@pytest.mark.parametrize("language", ["en", "de"])
def test_profanity_is_judged_as_any_other_talk_and_never_quoted_in_feedback(language: str) -> None:
    for card in cards(talks.talk(*talks.SWEARING), language=language):
        assert None not in points(card).values()
        assert card.feedback.detailed
        said = [
            *card.feedback.strengths,
            *card.feedback.areas_for_improvement,
            *card.feedback.recommendations,
            *(text for one in card.feedback.detailed for text in (one.text, one.advice, one.quote)),
        ]
        assert not [one for one in said if one and PROFANE.search(one)]


def named(name: str) -> Dialogue:
    return talks.talk(*(f"{one} {name} was there too." for one in talks.NATIVE))


@pytest.mark.parametrize("name", ["Zoë", "Łukasz", "Nguyễn", "Ωρίων", "Þórunn"])
def test_a_name_in_other_letters_costs_and_gives_what_any_name_does(name: str) -> None:
    plain, other = named("Tom"), named(name)
    for before, after in zip(cards(plain), cards(other), strict=True):
        for dimension in (Dimension.GRAMMAR, Dimension.VOCABULARY, Dimension.PRONUNCIATION):
            assert points(after)[dimension] == points(before)[dimension]
    (words,) = (one for one in judged(other) if isinstance(one, VocabularyReport))
    assert name.casefold() not in {one.lemma for one in words.lemmas}


def test_a_song_without_a_refrain_is_no_reply_to_anything() -> None:
    """Nothing in the words tells new lines of a song from talk; only what they reply to does."""
    lines = (
        "The river runs beneath the silver moon tonight",
        "and I am walking slowly to the morning light",
        "my darling left me waiting at the garden gate",
        "the leaves are falling and the hour is late",
        "oh take me over where the water sings",
        "and let me listen to the sound of wings",
        "there is a candle burning in the window still",
        "and I will love you always on the lonely hill",
    )
    for card in cards(talks.talk(*lines)):
        found = card.of(Dimension.COMPREHENSION)
        assert found.score is not None
        assert found.score <= found.cap / 2
        assert {one.rule for one in card.evidence} & {"far-reply", "unanswered"}


def test_a_refrain_amid_talk_is_no_reason_to_refuse_it() -> None:
    said = [*talks.NATIVE, *talks.LYRICS, talks.LYRICS[1]]
    for card in cards(talks.talk(*said)):
        assert None not in points(card).values()
