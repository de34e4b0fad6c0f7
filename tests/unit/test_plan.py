from __future__ import annotations

from dataclasses import asdict, dataclass, make_dataclass
from typing import Any
from uuid import uuid4

import pytest

from pipeline.artifacts import Artifact, content_key, freeze, thaw
from pipeline.errors import PermanentError
from pipeline.memory import MemoryLedger, walk
from pipeline.plan import ANALYSIS, PLAN, Plan
from pipeline.reports import GrammarReport, Report
from pipeline.runner import run_stage
from pipeline.scores import Scorecard
from pipeline.stage import Context, stage
from pipeline.values import Dialogue, Upload


@dataclass(frozen=True, slots=True, kw_only=True)
class Seed:
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    letters: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Opinion:
    said: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind(Opinion):
    pass


@dataclass(frozen=True, slots=True, kw_only=True)
class Harsh(Opinion):
    pass


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    text: str


class Abacus:
    def __init__(self, engine: str = "abacus 1") -> None:
        self.engine = engine
        self.used = 0

    def count(self, text: str) -> int:
        self.used += 1
        return len(text)


@stage(version=1)
def count(seed: Seed, *, abacus: Abacus, context: Context) -> Count:
    context.progress(0.5)
    return Count(letters=abacus.count(seed.text))


@stage(version=1)
def praise(counted: Count) -> Kind:
    return Kind(said=f"{counted.letters} fine letters")


@stage(version=1)
def blame(counted: Count) -> Harsh:
    if counted.letters == 0:
        raise PermanentError("There is no text.", code="no-text", advice="Write some.")
    return Harsh(said=f"only {counted.letters} letters")


@stage(version=1, resource="io", attempts=5, reusable=False)
def judge(seed: Seed, *opinions: Opinion) -> Verdict:
    return Verdict(text=f"{seed.text}: " + "; ".join(one.said for one in opinions))


TOY = Plan(Seed, (count, praise, blame, judge))


def test_the_signature_is_the_declaration() -> None:
    assert count.needs == {"seed": Seed}
    assert count.tools == ("abacus",)
    assert count.context == "context"
    assert count.gives is Count
    assert judge.gathers is Opinion
    assert (judge.resource, judge.attempts, judge.reusable) == ("io", 5, False)


def test_a_stage_is_called_like_a_function() -> None:
    assert praise(Count(letters=3)) == Kind(said="3 fine letters")


def test_a_plan_refuses_a_stage_whose_needs_nobody_gives() -> None:
    with pytest.raises(TypeError, match="stage praise needs Count"):
        Plan(Seed, (praise, count))


def test_a_plan_refuses_what_is_given_twice() -> None:
    with pytest.raises(TypeError, match="given twice"):
        Plan(Seed, (count, count))


def test_stages_become_ready_when_what_they_need_is_there() -> None:
    assert [one.name for one in TOY.ready([])] == ["count"]
    assert [one.name for one in TOY.ready(["count"])] == ["praise", "blame"]
    assert [one.name for one in TOY.ready(["count", "praise"])] == ["blame"]
    assert [one.name for one in TOY.ready(["count", "praise", "blame"])] == ["judge"]
    assert TOY.ready(["count", "praise", "blame", "judge"]) == ()


def test_gathering_takes_every_earlier_value_of_the_base() -> None:
    assert list(TOY.inputs(judge)) == ["Seed", "Kind", "Harsh"]
    assert TOY.requires(judge) == {"praise", "blame"}


def test_walking_the_plan_gives_every_value_and_tells_progress() -> None:
    told: list[tuple[str, float]] = []
    ledger = MemoryLedger(TOY, Seed(text="abc"), lambda name, part: told.append((name, part)))
    walk(ledger, TOY, {"abacus": Abacus()})
    assert ledger.value(Verdict) == Verdict(text="abc: 3 fine letters; only 3 letters")
    assert told[:3] == [("count", 0.0), ("count", 0.5), ("count", 1.0)]
    assert told[-1] == ("judge", 1.0)
    assert ledger.results["count"].engines == ("abacus 1",)


def test_a_failure_ends_the_walk_with_its_own_error() -> None:
    ledger = MemoryLedger(TOY, Seed(text=""))
    with pytest.raises(PermanentError, match="There is no text") as caught:
        walk(ledger, TOY, {"abacus": Abacus()})
    assert caught.value.sentence == "There is no text. Write some."
    assert "judge" not in ledger.results


class Remembering(MemoryLedger):
    """Offers one earlier artifact under one key."""

    def __init__(self, plan: Plan, seed: object, key: str, artifact: Artifact) -> None:
        super().__init__(plan, seed)
        self._key, self._kept = key, artifact

    def reusable(self, claim: object, key: str) -> Artifact | None:
        del claim
        return self._kept if key == self._key else None


def test_an_earlier_result_on_the_same_content_is_used_again() -> None:
    seed, abacus = Seed(text="abc"), Abacus()
    key = content_key(count, {"Seed": freeze(seed)}, ["abacus 1"])
    ledger = Remembering(TOY, seed, key, freeze(Count(letters=99)))
    outcome = run_stage(TOY, count, uuid4(), owner="me", ledger=ledger, tools={"abacus": abacus})
    assert [one.name for one in outcome.ready] == ["praise", "blame"]
    assert ledger.results["count"].reused
    assert abacus.used == 0


def test_another_engine_version_is_other_content() -> None:
    seed, newer = Seed(text="abc"), Abacus("abacus 2")
    key = content_key(count, {"Seed": freeze(seed)}, ["abacus 1"])
    ledger = Remembering(TOY, seed, key, freeze(Count(letters=99)))
    run_stage(TOY, count, uuid4(), owner="me", ledger=ledger, tools={"abacus": newer})
    assert newer.used == 1
    assert ledger.value(Count) == Count(letters=3)


def test_an_artifact_of_another_type_is_refused() -> None:
    with pytest.raises(ValueError, match="holds Seed, not Count"):
        thaw(Count, freeze(Seed(text="x")))


def test_workers_of_two_releases_read_each_others_values_where_fields_are_only_gained() -> None:
    newer = Artifact(type="Count", body='{"letters":3,"words":1}')
    assert thaw(Count, newer) == Count(letters=3)
    gained = make_dataclass("Count", [("letters", int), ("words", int, 0)], frozen=True)
    older: Any = thaw(gained, freeze(Count(letters=3)))
    assert asdict(older) == {"letters": 3, "words": 0}


def test_equal_values_have_equal_hashes() -> None:
    assert freeze(Seed(text="é")).sha256 == freeze(Seed(text="é")).sha256
    assert freeze(Seed(text="é")).sha256 != freeze(Seed(text="e")).sha256


def test_the_product_plan_scores_from_five_reports_and_the_dialogue() -> None:
    inputs = PLAN.inputs(PLAN["score"])
    assert list(inputs)[:2] == [Upload.__name__, Dialogue.__name__]
    assert sum(issubclass(kind, Report) for kind in inputs.values()) == 5
    assert GrammarReport.__name__ in inputs
    assert ANALYSIS.stages[-1].gives is Scorecard


def test_transcribe_and_diarize_are_ready_together() -> None:
    assert {one.name for one in PLAN.ready(["decode"])} == {"transcribe", "diarize"}


def test_an_unknown_stage_name_is_a_key_error() -> None:
    with pytest.raises(KeyError):
        PLAN["dance"]
