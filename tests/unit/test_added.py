from __future__ import annotations

from dataclasses import dataclass
from importlib.metadata import EntryPoint

import pytest

from pipeline import added
from pipeline.errors import PermanentError
from pipeline.plan import ANALYSIS, OWN, Plan, with_added
from pipeline.ports import Tool
from pipeline.reports import Report
from pipeline.scores import Scorecard
from pipeline.stage import AnyStage, stage
from pipeline.values import Dialogue, Recording, SpeakerTurns, Transcript


@dataclass(frozen=True)
class Mood:
    n: int


@dataclass(frozen=True)
class Weather:
    n: int


@dataclass(frozen=True)
class Summary:
    n: int


NO_STAGE = 3


@stage(version=1)
def mood(weather: Weather, dialogue: Dialogue) -> Mood:
    """Needs what another added stage gives."""
    return Mood(len(dialogue.segments) + weather.n)


@stage(version=1)
def weather(recording: Recording) -> Weather:
    """Right behind decode."""
    return Weather(len(recording.key))


@stage(version=1)
def summary(scorecard: Scorecard, *reports: Report) -> Summary:
    """Behind the last report and the score."""
    return Summary(len(reports) + len(scorecard.evidence))


@stage(version=1)
def twice(dialogue: Dialogue) -> Transcript:
    """Gives what is given."""
    raise AssertionError(dialogue)


@stage(version=1)
def judge(dialogue: Dialogue) -> Report:
    """Would want points."""
    raise AssertionError(dialogue)


@stage(version=1)
def asks(dialogue: Dialogue, *, oracle: Tool) -> Mood:
    """Asks for a tool that nobody has."""
    raise AssertionError(dialogue, oracle)


def plan(monkeypatch: pytest.MonkeyPatch, *names: str) -> Plan:
    """OWN with the stages of these names in this module, as entry points of some package."""
    found = [EntryPoint(one, f"{__name__}:{one}", added.GROUP) for one in names]
    monkeypatch.setattr(added, "entry_points", lambda group: found if group == added.GROUP else [])
    return with_added(OWN, added.added(OWN.stages))


def names(found: Plan) -> list[str]:
    return [one.name for one in found.stages]


def before(found: Plan, name: str) -> str:
    return names(found)[names(found).index(name) - 1]


def test_without_other_packages_the_plan_is_ours() -> None:
    assert names(ANALYSIS) == names(OWN.until("score"))


def test_a_stage_stands_behind_what_it_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    found = plan(monkeypatch, "mood", "summary", "weather")
    assert before(found, "weather") == "decode"
    assert before(found, "mood") == "attribute"
    assert before(found, "summary") == "score"
    assert found.requires(found["mood"]) == {"weather", "attribute"}
    judges = {"grammar", "vocabulary", "fluency", "pronunciation", "comprehension"}
    assert found.requires(found["summary"]) == {"score", *judges}


def test_of_a_transcript_stages_that_take_what_nobody_gives_are_left_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    found = plan(monkeypatch, "mood", "summary", "weather")
    text = found.since("attribute", Recording, Transcript, SpeakerTurns)
    assert "summary" in names(text)
    assert not {"mood", "weather", "decode"} & set(names(text))


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("NO_STAGE", "is no function with @stage"),
        ("nothing", "cannot be loaded (AttributeError"),
        ("mood", "needs Weather, which no earlier stage gives"),
        ("twice", "its Transcript is given twice"),
        ("judge", "gives a Report"),
        ("asks", "asks for oracle; the tools are decoder"),
    ],
)
def test_what_cannot_join_is_told(monkeypatch: pytest.MonkeyPatch, name: str, told: str) -> None:
    with pytest.raises(PermanentError) as caught:
        plan(monkeypatch, name)
    assert told in caught.value.message
    assert name in caught.value.message
    assert "uninstall" in caught.value.advice


def test_calling_a_stage_calls_its_function() -> None:
    one: AnyStage = mood
    assert one.gives is Mood
