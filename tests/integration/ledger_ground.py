"""What the ledger's machine stands on: rows in the database, and the model beside them."""

from __future__ import annotations

from collections import Counter
from uuid import UUID, uuid4

from hypothesis.stateful import RuleBasedStateMachine
from sqlalchemy import func, select, update

from models.database import Sessions
from models.dead_letters import DeadLetters
from models.ledger import SqlLedger
from models.run_store import RunStore
from models.tables import Conversation, DeadLetter, Run, StageResult
from pipeline.runner import Claim
from pipeline.values import Upload
from tests.integration import rows
from tests.integration.ledger_model import PLAN, RunModel, Seen


class Ground(RuleBasedStateMachine):
    """Two conversations; `model` has their runs, the oldest first."""

    database: Sessions

    def _begin(self) -> None:
        self.ledger = SqlLedger(self.database, PLAN)
        self.letters = DeadLetters(self.database, PLAN)
        self.model: dict[UUID, RunModel] = {}
        self.deleted: set[int] = set()
        with self.database.begin() as session:
            owner = rows.user(session)
            self.talks = [rows.conversation(session, owner).id for _ in range(2)]

    def _uploaded(self, talk: int, *, admitted: bool = True) -> UUID:
        key = f"uploads/{self.talks[talk]}/a.wav"
        sent = Upload(name="a.wav", key=key, size=1, etag=uuid4().hex)
        run_id, new = RunStore(self.database, PLAN).create(self.talks[talk], sent)
        assert new
        if admitted:
            with self.database.begin() as session:
                session.execute(update(Run).where(Run.id == run_id).values(admitted_at=func.now()))
        assert RunStore(self.database, PLAN).create(self.talks[talk], sent) == (run_id, False)
        self.model[run_id] = RunModel(talk, admitted)
        return run_id

    def teardown(self) -> None:
        """Each example starts with an empty database."""
        with self.database.begin() as session:
            for talk in session.scalars(select(Conversation)):
                session.delete(talk)

    def _free(self) -> list[tuple[UUID, str]]:
        return [(key, name) for key, run in self.model.items() for name in run.claimable()]

    def _somebody_waits(self) -> bool:
        """Whether anything stands in line, be it a stage whose run has another on its way."""
        return any(
            run.in_line or any(one.in_line for one in run.stages.values())
            for run in self.model.values()
        )

    def _working(self) -> list[tuple[UUID, str]]:
        return [
            (key, name)
            for key, run in self.model.items()
            for name, one in run.stages.items()
            if one.state == "running"
        ]

    def _dead(self) -> list[UUID]:
        return [key for key, run in self.model.items() if run.letters]

    def _pairs(self) -> list[UUID]:
        """Runs both of whose middle stages are being worked on, or could be."""
        return [
            key
            for key, run in self.model.items()
            if set(run.claimable()) | {n for k, n in self._working() if k == key}
            >= {"left", "right"}
        ]

    def _current(self, run_id: UUID, name: str) -> Claim:
        attempt, talk = self.model[run_id].stages[name].attempt, self.model[run_id].talk
        return Claim(
            run_id=run_id, conversation_id=self.talks[talk], stage=name, attempt=attempt, inputs={}
        )

    def _age(self, run_id: UUID, name: str) -> None:
        with self.database.begin() as session:
            session.execute(
                update(StageResult)
                .where(StageResult.run_id == run_id, StageResult.stage == name)
                .values(lease_until=func.now() - func.make_interval(0, 0, 0, 0, 0, 0, 1))
            )

    def _seen(self) -> dict[UUID, Seen]:
        with self.database.begin() as session:
            open_ones = select(DeadLetter.run_id).where(DeadLetter.replayed_at.is_(None))
            letters = Counter(session.scalars(open_ones))
            found: dict[UUID, Seen] = {
                run_id: (state, letters[run_id], {})
                for run_id, state in session.execute(select(Run.id, Run.state))
            }
            for one in session.scalars(select(StageResult)):
                found[one.run_id][2][one.stage] = (one.state, one.attempt, one.owner, one.artifact)
        return found
