"""Who follows a run: what is told meanwhile, and how it ends."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest
from typer.testing import CliRunner

from cli import conversations
from cli.main import app
from models.status import RunStatus, StageStatus, Waiting
from pipeline.analysis import Analysis, WarningPart
from pipeline.errors import PermanentError
from review import archive
from tests.documents import scored, unscored

SILENT = "The file is silent."


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


class Over(Nothing):
    """A store whose only run is over."""

    def __init__(self, state: str, reason: str | None = "The file is silent.") -> None:
        super().__init__(known=True)
        self.state, self.reason = state, reason
        self.evaluated = state in {"completed", "insufficient"}

    def latest(self, conversation_id: UUID) -> RunStatus:  # type: ignore[override]
        now = datetime.now(UTC)
        return RunStatus(
            id=conversation_id,
            conversation_id=conversation_id,
            state=self.state,
            reason=self.reason,
            created_at=now,
            finished_at=now,
            evaluated=self.evaluated,
        )


def overall_missing() -> Analysis:
    """One with scores, but too little for all of them."""
    good = scored()
    return replace(good, scores=replace(good.scores, overall=unscored().scores.overall))


@pytest.mark.parametrize(
    ("state", "judged", "code"),
    [
        ("completed", scored(), 0),
        ("insufficient", overall_missing(), 0),
        ("insufficient", unscored(), 1),
        ("failed", None, 1),
        ("cancelled", None, 1),
    ],
)
def test_a_run_that_is_followed_ends_as_analyze_does(
    monkeypatch: pytest.MonkeyPatch, state: str, judged: Analysis | None, code: int
) -> None:
    monkeypatch.setattr(
        conversations, "store", lambda: Over(state, None if state == "completed" else SILENT)
    )
    monkeypatch.setattr(archive, "analysis", lambda *_: judged)
    monkeypatch.setattr(conversations, "POLL", 0.0)
    result = CliRunner().invoke(app, ["status", str(uuid4()), "--follow", "--json"])
    assert result.exit_code == code
    assert json.loads(result.stdout)["state"] == state
    assert (SILENT in result.stderr) == (state != "completed")
    assert ("error:" in result.stderr) == bool(code)
    monkeypatch.setattr("workers.submit.submit", lambda *_, **__: uuid4())
    result = CliRunner().invoke(app, ["submit", "talk.wav", "--user", "demo", "--follow"])
    assert result.exit_code == code


def test_who_follows_is_told_what_is_wrong_with_the_recording(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    cut = replace(scored(), warnings=(WarningPart(code="cut-off", message="It breaks off."),))
    monkeypatch.setattr(conversations, "store", lambda: Over("completed", None))
    monkeypatch.setattr(archive, "analysis", lambda *_: cut)
    told = CliRunner().invoke(app, ["status", str(uuid4()), "--follow"])
    assert "Note: It breaks off." in told.stderr


BEGUN = StageStatus(
    stage="transcribe", state="running", attempt=1, progress=0.0, seconds=None, reason=None
)


class Stumbling(Over):
    """A store whose run loses its worker, and is seen twice in each state."""

    def __init__(self) -> None:
        super().__init__("completed", None)
        silent = replace(BEGUN, silent=True)
        again = replace(BEGUN, state="ready", attempt=2, reason="The model is away.")
        done = replace(BEGUN, state="done", attempt=2, progress=1.0)
        self.seen = iter([one for one in (BEGUN, silent, again, done) for _ in "ab"])

    def latest(self, conversation_id: UUID) -> RunStatus:  # type: ignore[override]
        one = next(self.seen)
        over = super().latest(conversation_id)
        ended = over.finished_at if one.state == "done" else None
        return replace(over, finished_at=ended, stages=(one,))


def test_who_follows_is_told_once_why_a_stage_begins_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    store = Stumbling()
    monkeypatch.setattr(archive, "analysis", lambda *_: scored())
    monkeypatch.setattr(conversations, "store", lambda: store)
    monkeypatch.setattr(conversations, "POLL", 0.0)
    told = CliRunner().invoke(app, ["status", str(uuid4()), "--follow"]).stderr
    assert told.count("fell silent, another begins it again") == 1
    assert told.count("attempt 2. The model is away.") == 1


class Held(Over):
    """A store whose only run waits for a server."""

    def __init__(self, *, evaluated: bool, reason: str | None = None) -> None:
        super().__init__("running")
        self.evaluated, self.reason = evaluated, reason

    def latest(self, conversation_id: UUID) -> RunStatus:  # type: ignore[override]
        waiting = Waiting(service="search server", since=datetime.now().astimezone())
        reason = "The search server does not answer."
        index = replace(
            BEGUN, stage="index", state="ready", attempt=0, reason=reason, waiting=waiting
        )
        return replace(
            super().latest(conversation_id),
            finished_at=None,
            reason=self.reason,
            evaluated=self.evaluated,
            waiting=waiting,
            stages=(index,),
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
    seen = unscored() if code else scored()
    monkeypatch.setattr(archive, "analysis", lambda *_: seen)
    result = CliRunner().invoke(app, ["status", str(uuid4()), "--follow"])
    assert result.exit_code == code
    assert "The result is there" in result.stdout
    assert "waiting for search server" in result.stderr


@pytest.mark.parametrize(
    ("told", "command"),
    [
        (["submit", "talk.wav", "--user", "demo"], "colloquy status {} --follow"),
        (["submit", "talk.wav", "--user", "demo", "--follow"], "colloquy show {}"),
        (["status", "{}", "--follow"], "colloquy show {}"),
    ],
)
def test_the_next_command_is_named_and_not_where_programs_read(
    monkeypatch: pytest.MonkeyPatch, told: list[str], command: str
) -> None:
    talk = uuid4()
    monkeypatch.setattr(conversations, "store", lambda: Over("completed", None))
    monkeypatch.setattr(archive, "analysis", lambda *_: scored())
    monkeypatch.setattr("workers.submit.submit", lambda *_, **__: talk)
    result = CliRunner().invoke(app, [one.format(talk) for one in told])
    assert result.exit_code == 0
    assert f"`{command.format(talk)}`" in result.stderr.splitlines()[-1]
    assert "colloquy" not in result.stdout


def test_what_was_not_judged_is_shown_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(conversations, "store", lambda: Over("insufficient"))
    monkeypatch.setattr(archive, "analysis", lambda *_: unscored())
    result = CliRunner().invoke(app, ["show", str(uuid4())])
    assert result.exit_code == 0
    assert "not enough evidence" in result.stdout


def test_who_follows_is_told_how_to_name_the_learner_without_another_upload(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    talk = uuid4()
    unnamed = WarningPart(code="learner-unknown", message="Say who the learner is.")
    monkeypatch.setattr(conversations, "store", lambda: Over("insufficient"))
    monkeypatch.setattr(archive, "analysis", lambda *_: replace(unscored(), warnings=(unnamed,)))
    result = CliRunner().invoke(app, ["status", str(talk), "--follow"])
    assert result.exit_code == 1
    assert f"`colloquy correct {talk} --learner S1`" in result.stderr.splitlines()[-1]


class Unscored(Over):
    """A store whose only run gave nothing to show."""

    def scored(self, told: UUID) -> None:
        del told


@pytest.mark.parametrize(
    ("reason", "told"),
    [("It is a text.", "It is a text."), (None, "The analysis is not done yet; it is failed.")],
)
def test_what_cannot_be_shown_is_told_with_the_whole_command_that_tells_more(
    monkeypatch: pytest.MonkeyPatch, reason: str | None, told: str
) -> None:
    talk = uuid4()
    monkeypatch.setattr(conversations, "store", lambda: Unscored("failed", reason))
    found = CliRunner().invoke(app, ["show", str(talk)])
    assert isinstance(found.exception, PermanentError)
    assert found.exception.sentence == f"{told} `colloquy status {talk}` shows each stage."
