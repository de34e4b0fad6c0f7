from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from typer.testing import CliRunner

from cli import conversations
from cli.analysis import _targets
from cli.main import app
from models.status import RunStatus, StageStatus, Waiting
from pipeline.analysis import Analysis
from pipeline.errors import PermanentError
from tests.documents import scored
from workers.local import Analyst


class Nothing:
    """A store that knows of no run."""

    def __init__(self, *, known: bool) -> None:
        self.known = known

    def conversation(self, conversation_id: UUID) -> object | None:
        return conversation_id if self.known else None

    def latest(self, conversation_id: UUID) -> None:
        del conversation_id

    def refusal(self, conversation_id: UUID) -> None:
        del conversation_id


def test_a_conversation_that_is_not_there_is_not_waited_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(conversations, "store", lambda: Nothing(known=False))
    with pytest.raises(PermanentError, match="no run") as caught:
        conversations.follow_run(uuid4())
    assert "colloquy doctor" in caught.value.advice


def test_an_event_that_never_comes_is_not_waited_for_without_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(conversations, "store", lambda: Nothing(known=True))
    monkeypatch.setattr(conversations, "NO_RUN", 0.0)
    with pytest.raises(PermanentError, match="no run"):
        conversations.follow_run(uuid4())


def test_waiting_ends_when_the_stack_does(monkeypatch: pytest.MonkeyPatch) -> None:
    def ended() -> None:
        raise PermanentError("The worker has ended.", code="process-ended")

    monkeypatch.setattr(conversations, "store", lambda: Nothing(known=True))
    with pytest.raises(PermanentError, match="worker has ended"):
        conversations.follow_run(uuid4(), ended)


def test_documents_of_files_of_one_name_never_replace_each_other() -> None:
    media = [Path(one) for one in ("x/a.wav", "y/a.wav", "a-2.wav", "z/a.mp3")]
    names = [one.name.removesuffix(".analysis.json") for one in _targets(media, Path("out"))]
    assert names == ["a", "a-3", "a-2", "a-4"]


def test_a_bug_at_one_file_is_told_and_the_next_is_analysed(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    seen: list[str] = []

    def broken(_: Analyst, path: Path, **__: object) -> None:
        seen.append(path.name)
        raise RuntimeError("secret words")

    monkeypatch.setattr(Analyst, "analyze", broken)
    files = [str(tmp_path / name) for name in ("a.wav", "b.wav")]
    result = CliRunner().invoke(app, ["analyze", *files])
    assert result.exit_code == 1
    assert seen == ["a.wav", "b.wav"]
    told = " ".join(result.stderr.split())
    assert "a.wav: Something went wrong that should not have (RuntimeError)." in told
    assert "secret words" not in told


def test_feedback_is_in_the_language_that_was_asked_for(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    asked: list[object] = []

    def broken(_: Analyst, __: Path, **told: object) -> None:
        asked.append(told["feedback_language"])
        raise PermanentError("Enough.", code="enough")

    monkeypatch.setattr(Analyst, "analyze", broken)
    file = str(tmp_path / "a.wav")
    CliRunner().invoke(app, ["analyze", file, "--feedback-language", "de"])
    CliRunner().invoke(app, ["analyze", file])
    assert asked == ["de", "en"]


class Over(Nothing):
    """A store whose only run is over."""

    def __init__(self, state: str) -> None:
        super().__init__(known=True)
        self.state = state

    def latest(self, conversation_id: UUID) -> RunStatus:  # type: ignore[override]
        now = datetime.now(UTC)
        return RunStatus(
            id=conversation_id,
            conversation_id=conversation_id,
            state=self.state,
            reason="The file is silent.",
            created_at=now,
            finished_at=now,
        )


@pytest.mark.parametrize(
    ("state", "code"), [("completed", 0), ("failed", 1), ("insufficient", 1), ("cancelled", 1)]
)
def test_a_run_that_is_followed_gives_its_end_as_exit_status(
    monkeypatch: pytest.MonkeyPatch, state: str, code: int
) -> None:
    monkeypatch.setattr(conversations, "store", lambda: Over(state))
    monkeypatch.setattr(conversations, "POLL", 0.0)
    result = CliRunner().invoke(app, ["status", str(uuid4()), "--follow", "--json"])
    assert result.exit_code == code
    assert json.loads(result.stdout)["state"] == state
    assert ("The file is silent." in result.stderr) == bool(code)
    monkeypatch.setattr("workers.submit.submit", lambda *_, **__: uuid4())
    result = CliRunner().invoke(app, ["submit", "talk.wav", "--user", "demo", "--follow"])
    assert result.exit_code == code


class Held(Over):
    """A store whose only run waits for a server."""

    def __init__(self, *, evaluated: bool, reason: str | None = None) -> None:
        super().__init__("running")
        self.evaluated, self.reason = evaluated, reason

    def latest(self, conversation_id: UUID) -> RunStatus:  # type: ignore[override]
        waiting = Waiting(service="search server", since=datetime.now().astimezone())
        stage = StageStatus(
            stage="index",
            state="ready",
            attempt=0,
            progress=0.0,
            seconds=None,
            reason="The search server does not answer.",
            waiting=waiting,
        )
        return replace(
            super().latest(conversation_id),
            finished_at=None,
            reason=self.reason,
            evaluated=self.evaluated,
            waiting=waiting,
            stages=(stage,),
        )

    def runs(self, state: str | None) -> list[RunStatus]:
        del state
        return [self.latest(uuid4())]


def test_what_a_run_waits_for_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(conversations, "store", lambda: Held(evaluated=False))
    for command in (["status", str(uuid4())], ["runs"]):
        told = CliRunner().invoke(app, command).stdout
        assert re.search(r"waiting for search server since \d\d:\d\d", " ".join(told.split()))
        found = json.loads(CliRunner().invoke(app, [*command, "--json"]).stdout)
        one = found[0] if isinstance(found, list) else found
        assert one["waiting"]["service"] == "search server"
        assert datetime.fromisoformat(one["waiting"]["since"]).tzinfo is not None
        assert ("stages" in one) == (command[0] == "status"), "the list knows nothing of them"


def test_a_wait_of_another_day_is_told_with_its_date() -> None:
    since = datetime(2026, 1, 31, 14, 3).astimezone()
    told = Waiting(service="grammar server", since=since).told
    assert told == "waiting for grammar server since 2026-01-31 14:03"


@pytest.mark.parametrize(("reason", "code"), [(None, 0), ("Too few words.", 1)])
def test_who_follows_a_run_is_not_kept_waiting_by_the_search_index(
    monkeypatch: pytest.MonkeyPatch, reason: str | None, code: int
) -> None:
    monkeypatch.setattr(conversations, "store", lambda: Held(evaluated=True, reason=reason))
    monkeypatch.setattr(conversations, "POLL", 0.0)
    result = CliRunner().invoke(app, ["status", str(uuid4()), "--follow"])
    assert result.exit_code == code
    assert "The result is there" in result.stdout


@pytest.mark.parametrize(
    "wrong",
    [["runs", "--state", "bogus"], ["submit", "talk.wav", "--user", "demo", "--level", "B7"]],
)
def test_what_there_is_not_is_wrong_use(wrong: list[str]) -> None:
    assert CliRunner().invoke(app, wrong).exit_code == 2


def test_runs_are_asked_for_by_their_state(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str | None] = []

    class Runs(Nothing):
        def runs(self, state: str | None) -> list[RunStatus]:
            asked.append(state)
            return []

    monkeypatch.setattr(conversations, "store", lambda: Runs(known=True))
    for told in (["--state", "failed"], []):
        assert CliRunner().invoke(app, ["runs", *told]).exit_code == 0
    assert asked == ["failed", None]


@pytest.mark.parametrize(
    "files", [["good.wav"], ["broken.wav"], ["mute.wav"], ["mute.wav", "good.wav"]]
)
def test_one_bad_file_alone_makes_the_exit_status_1(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, files: list[str]
) -> None:
    good = scored()
    nothing = replace(
        good.scores.overall, score=None, state="insufficient", reason="Too few words."
    )
    kinds = ("grammar", "vocabulary", "fluency", "pronunciation", "comprehension", "overall")
    mute = replace(good, scores=replace(good.scores, **dict.fromkeys(kinds, nothing)))

    def analyze(_: Analyst, path: Path, **__: object) -> Analysis:
        if path.name == "broken.wav":
            raise PermanentError("No sound can be read.", code="unreadable")
        return mute if path.name == "mute.wav" else good

    monkeypatch.setattr(Analyst, "analyze", analyze)
    result = CliRunner().invoke(app, ["analyze", *files, "--out", str(tmp_path)])
    assert result.exit_code == (0 if files == ["good.wav"] else 1)
    written = {one.name.split(".")[0] for one in tmp_path.iterdir()}
    assert written == {one.split(".")[0] for one in files} - {"broken"}


def test_a_level_is_handed_on_only_where_it_was_told(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[object] = []

    def submit(*_: object, level: str | None, **__: object) -> UUID:
        asked.append(level)
        return uuid4()

    monkeypatch.setattr("workers.submit.submit", submit)
    for told in (["--level", "c1"], []):
        result = CliRunner().invoke(app, ["submit", "talk.wav", "--user", "demo", *told])
        assert result.exit_code == 0
    assert asked == ["C1", None]


def test_transcripts_are_analysed_by_the_same_command(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    asked: list[tuple[str, object]] = []

    def analyze(_: Analyst, path: Path, *, learner: str | None, **__: object) -> Analysis:
        asked.append((path.name, learner))
        return scored()

    monkeypatch.setattr(Analyst, "analyze_transcript", analyze)
    given = ["--transcript", "a.vtt", "b.cha", "--learner", "Frau Müller", "--out", str(tmp_path)]
    assert CliRunner().invoke(app, ["analyze", *given]).exit_code == 0
    assert asked == [("a.vtt", "Frau Müller"), ("b.cha", "Frau Müller")]
    assert CliRunner().invoke(app, ["analyze", *given, "--speakers", "2"]).exit_code == 2


def test_a_transcript_that_cannot_be_used_is_told_and_the_next_is_analysed(tmp_path: Path) -> None:
    mute, empty = tmp_path / "mute.vtt", tmp_path / "empty.vtt"
    mute.write_text("WEBVTT\n")
    empty.write_text("")
    result = CliRunner().invoke(app, ["analyze", "--transcript", str(mute), str(empty)])
    assert result.exit_code == 1
    told = " ".join(result.stderr.split())
    assert "mute.vtt: Nobody says anything in the transcript." in told
    assert "empty.vtt: The file is empty." in told
