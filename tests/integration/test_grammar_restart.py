"""LanguageTool itself, ended in the middle of a check and started again."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import func, select, text

from embedded.servers import languagetool
from embedded.servers.certificates import Authority
from embedded.servers.languagetool import LanguageTool
from models.admission import Line
from models.circuits import open_circuits
from models.database import Sessions
from models.ledger import SqlLedger
from models.run_store import RunStore
from models.tables import DeadLetter, Run, StageResult
from pipeline.adapters.languagetool import LanguageToolServer
from pipeline.plan import PLAN, Plan
from pipeline.ports import GrammarFinding, Tool
from pipeline.runner import Outcome, run_stage
from pipeline.stage import stage
from pipeline.values import Dialogue, Upload
from tests import factories
from tests.fakes.text import FakeTextAnalyzer
from tests.integration import rows
from tests.servers import free_port

pytestmark = pytest.mark.servers

TURNS = 60
LIMIT = 400
"""UTF-16 units: some thirty requests for the talk."""


@stage(version=1)
def attribute(upload: Upload) -> Dialogue:
    """A long talk with a slip in each of the learner's turns."""
    del upload
    return factories.dialogue(
        *(f"L: On day {n} he go home and we watched {n} birds in the garden." for n in range(TURNS))
    )


SHORT = Plan(seed=Upload, stages=(attribute, PLAN["grammar"]))


class EndedMeanwhile(LanguageToolServer):
    """Its server ends while the second request is on its way."""

    def __init__(self, server: LanguageTool) -> None:
        super().__init__(server.url, ca=server.authority.ca)
        self._server = server
        self.ended = False

    def _findings(
        self, client: object, texts: Sequence[str], most: int
    ) -> Iterator[tuple[int, GrammarFinding]]:
        for one in super()._findings(client, texts, most):
            if not self.ended:
                self.ended = self._server.stop()
            yield one


@pytest.fixture
def short_server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[LanguageTool]:
    """A LanguageTool of the test's own, that takes short texts only."""
    limited = languagetool.PROPERTIES.replace("maxTextLength=100000", f"maxTextLength={LIMIT}")
    assert str(LIMIT) in limited
    monkeypatch.setattr(languagetool, "PROPERTIES", limited)
    made = LanguageTool(tmp_path / "languagetool", Authority(tmp_path / "certificates"))
    monkeypatch.setattr(LanguageTool, "port_wanted", free_port())
    made.start()
    yield made
    made.stop()


@pytest.fixture
def run_id(database: Sessions) -> UUID:
    with database.begin() as session:
        talk = rows.conversation(session, rows.user(session)).id
    sent = Upload(name="a.wav", key=f"uploads/{talk}/a.wav", size=1, etag="1")
    made, _ = RunStore(database, SHORT).create(talk, sent)
    with database.begin() as session:
        session.get_one(Run, made).admitted_at = session.scalar(select(func.now()))
    return made


def row(database: Sessions, run_id: UUID) -> StageResult:
    with database.begin() as session:
        return session.get_one(StageResult, (run_id, "grammar"))


def test_a_restart_in_the_middle_of_a_check_costs_nothing(
    database: Sessions, short_server: LanguageTool, run_id: UUID
) -> None:
    ledger = SqlLedger(database, SHORT)
    checker = EndedMeanwhile(short_server)
    tools: dict[str, Tool] = {"grammar_checker": checker, "text_analyzer": FakeTextAnalyzer()}

    def work(name: str) -> Outcome:
        return run_stage(SHORT, SHORT[name], run_id, owner="me", ledger=ledger, tools=tools)

    assert [one.name for one in work("attribute").ready] == ["grammar"]
    assert work("grammar") == Outcome(retry_in=None)
    assert checker.ended
    waits = row(database, run_id)
    assert (waits.state, waits.waiting_for, waits.waits) == ("ready", "grammar server", 1)
    short_server.start()
    with database.begin() as session:
        session.execute(text("UPDATE stage_results SET next_attempt_at = now()"))
    assert Line(database, 8).next() == [(run_id, "grammar")]
    work("grammar")
    done = row(database, run_id)
    assert (done.state, done.waiting_for) == ("done", None)
    assert done.attempt - done.waits == 1, "no attempt was used up"
    assert done.artifact is not None
    assert str(done.artifact).count("HE_VERB_AGR") >= TURNS
    with database.begin() as session:
        assert open_circuits(session) == []
        assert session.scalar(select(func.count()).select_from(DeadLetter)) == 0
