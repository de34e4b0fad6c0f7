"""The ledger against its model, in whatever order things happen."""

from __future__ import annotations

import threading
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    initialize,
    invariant,
    multiple,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import select

from models.admission import Line
from models.cancelling import cancel
from models.checkpoints import SqlParts
from models.database import Sessions
from models.tables import Conversation, DeadLetter
from pipeline.errors import ClaimLostError, PermanentError, TransientError, UnavailableError
from pipeline.parts import ToBeContinued
from pipeline.runner import Claim, Result
from tests.integration.ledger_ground import Ground
from tests.integration.ledger_model import OVER, PLAN, given

NAMES = st.sampled_from([one.name for one in PLAN.stages])
OWNERS = st.sampled_from(["A", "B"])
GONE = PermanentError("The file is empty.", code="empty")
AWAY = TransientError("The model is away.", code="away")
FULL = UnavailableError("The disk is full.", code="disk-full", service="disk", shared=False)
MOST_RUNS = 3
"""Not over at once: enough for an older, a newer and another conversation's, and few enough to go deep."""


def result(claim: Claim) -> Result:
    artifact = given(claim.stage, claim.attempt)
    return Result(artifact=artifact, key="k", engines=(), seconds=1.0, reused=False)


class Machine(Ground):
    """Two conversations, any number of uploads, two workers."""

    runs = Bundle("runs")
    claims = Bundle("claims")

    @initialize(target=runs)
    def conversations(self) -> object:
        self._begin()
        return multiple(*(self._uploaded(talk) for talk in (0, 1)))

    @rule(target=runs, talk=st.integers(0, 1), admitted=st.booleans())
    def upload(self, talk: int, *, admitted: bool) -> object:
        going = [one for one in self.model.values() if not one.over]
        if talk in self.deleted or len(going) == MOST_RUNS:
            return multiple()
        return self._uploaded(talk, admitted=admitted)

    @rule(target=claims, run_id=runs, name=NAMES, owner=OWNERS)
    def claim(self, run_id: UUID, name: str, owner: str) -> object:
        wanted = self.model[run_id].claim(name, owner) if run_id in self.model else None
        got = self.ledger.claim(run_id, PLAN[name], owner)
        assert (got.attempt if got else None) == wanted
        return got if got is not None else multiple()

    @precondition(lambda self: self._free())
    @rule(target=claims, data=st.data(), owner=OWNERS, done=st.sampled_from([True, True, False]))
    def work(self, data: st.DataObject, owner: str, *, done: bool) -> object:
        """As a worker does that has just been sent the stage."""
        made = self.claim(*data.draw(st.sampled_from(self._free())), owner)
        if done and isinstance(made, Claim):
            self.record(made)
        return made

    @precondition(lambda self: self._working())
    @rule(target=claims, data=st.data(), owner=OWNERS, taken=st.booleans())
    def silence(self, data: st.DataObject, owner: str, *, taken: bool) -> object:
        """What two minutes without a beat do, and perhaps the next worker."""
        run_id, name = data.draw(st.sampled_from(self._working()))
        self.model[run_id].stages[name].expired = True
        self._age(run_id, name)
        return self.claim(run_id, name, owner) if taken else multiple()

    @rule(claim=claims)
    def sign_of_life(self, claim: Claim) -> None:
        run = self.model.get(claim.run_id)
        held = run is not None and run.holds(claim.stage, claim.attempt)
        assert self.ledger.beat(claim) == held
        self.ledger._beats.clear()
        if run is not None and held:
            self.ledger.progress(claim, 0.5)
            run.stages[claim.stage].expired = False
            return
        with pytest.raises(ClaimLostError):
            self.ledger.progress(claim, 0.5)

    @rule(claim=claims, over=st.booleans())
    def part(self, claim: Claim, *, over: bool) -> None:
        run = self.model.get(claim.run_id)
        line = self._somebody_waits()
        held = run is not None and run.part(claim.stage, claim.attempt, over=over, line=line)
        parts = SqlParts(self.database, claim, "k", turn=0.0 if over else 1e9)
        ended: Exception | None = None
        try:
            parts.save(uuid4().hex, b"1")
        except (ClaimLostError, ToBeContinued) as error:
            ended = error
        assert isinstance(ended, ClaimLostError) == (not held)
        assert isinstance(ended, ToBeContinued) == (held and over)
        if isinstance(ended, ToBeContinued):
            assert ended.in_line == line

    @rule()
    def turns(self) -> None:
        """Room for all; what waited for a service may go on as well, by the clock."""
        wanted = {(key, name) for key, run in self.model.items() for name in run.turn()}
        sent = set(Line(self.database, 100, PLAN).next())
        for run_id, name in sent - wanted:
            assert self.model[run_id].stages[name].waiting
            self.model[run_id].stages[name].waiting = False
        assert wanted <= sent

    @rule(claim=claims)
    def record(self, claim: Claim) -> None:
        run = self.model.get(claim.run_id)
        wanted = run.record(claim.stage, claim.attempt) if run else set()
        assert {one.name for one in self.ledger.record(claim, result(claim))} == wanted

    @precondition(lambda self: self._working())
    @rule(data=st.data(), error=st.sampled_from([None, None, None, GONE, AWAY, FULL]))
    def finish(self, data: st.DataObject, error: Exception | None) -> None:
        """What is being worked on, well or badly."""
        claim = self._current(*data.draw(st.sampled_from(self._working())))
        self.record(claim) if error is None else self.fail(claim, error)

    @rule(claim=claims, error=st.sampled_from([GONE, AWAY, FULL]))
    def fail(self, claim: Claim, error: Exception) -> None:
        run = self.model.get(claim.run_id)
        again = run.fail(claim.stage, claim.attempt, error) if run else False
        assert (self.ledger.fail(claim, error) is not None) == again

    @precondition(lambda self: self._pairs())
    @rule(data=st.data())
    def two_finish_at_once(self, data: st.DataObject) -> None:
        run_id = data.draw(st.sampled_from(self._pairs()))
        for name in self.model[run_id].claimable():
            self.claim(run_id, name, "A")
        claims = [self._current(run_id, name) for name in ("left", "right")]
        gate, found = threading.Barrier(2), list[str]()

        def finish(claim: Claim) -> None:
            gate.wait()
            found.extend(one.name for one in self.ledger.record(claim, result(claim)))

        threads = [threading.Thread(target=finish, args=(one,)) for one in claims]
        for one in threads:
            one.start()
        for one in threads:
            one.join()
        for claim in claims:
            self.model[run_id].record(claim.stage, claim.attempt)
        assert found == ["last"], "unlocked once, by whichever came second"

    @rule()
    def upkeep(self) -> None:
        buried = 0
        for run in self.model.values():
            if lost := run.exhausted():
                run.bury(lost[0])
                buried += 1
        assert self.ledger.bury_exhausted() == buried
        wanted = {(run_id, name) for run_id, run in self.model.items() for name in run.to_send()}
        assert set(self.ledger.to_send(older_than=-3600)) == wanted

    @rule(talk=st.integers(0, 1), sure=st.integers(0, 3))
    def cancel(self, talk: int, sure: int) -> None:
        if sure:
            return
        going = {key for key, run in self.model.items() if run.talk == talk and not run.over}
        if not going:
            with pytest.raises(PermanentError):
                cancel(self.database, self.talks[talk])
            return
        assert set(cancel(self.database, self.talks[talk])) == going
        for run_id in going:
            self.model[run_id].end("cancelled")

    @precondition(lambda self: not self.deleted)
    @rule(talk=st.integers(0, 1), sure=st.integers(0, 9))
    def delete_the_conversation(self, talk: int, sure: int) -> None:
        """One of the two, and seldom: nothing can happen to it any more."""
        if sure:
            return
        with self.database.begin() as session:
            session.delete(session.get_one(Conversation, self.talks[talk]))
        self.deleted.add(talk)
        self.model = {key: run for key, run in self.model.items() if run.talk != talk}

    @precondition(lambda self: self._dead())
    @rule(data=st.data())
    def replay(self, data: st.DataObject) -> None:
        run_id = data.draw(st.sampled_from(self._dead()))
        run = self.model[run_id]
        with self.database.begin() as session:
            letter = session.scalars(
                select(DeadLetter.id)
                .where(DeadLetter.run_id == run_id)
                .where(DeadLetter.replayed_at.is_(None))
            ).one()
        ids = list(self.model)
        newer = [self.model[one] for one in ids[ids.index(run_id) + 1 :]]
        if any(one.talk == run.talk and not one.over for one in newer):
            with pytest.raises(PermanentError, match="newer upload"):
                self.letters.replay(letter)
            return
        self.letters.replay(letter)
        run.replay()
        with pytest.raises(PermanentError, match="already"):
            self.letters.replay(letter)

    @invariant()
    def they_agree_and_nothing_hangs(self) -> None:
        seen = self._seen()
        assert seen == {key: run.seen() for key, run in self.model.items()}
        # Said of the database alone, whatever the model says.
        for state, letters, stages in seen.values():
            states = {one[0] for one in stages.values()}
            assert (state in OVER) != bool(states & {"ready", "running"})
            assert letters == (1 if state == "failed" else 0)
            assert (state == "completed") == (states == {"done"})
            assert all((one[0] == "done") == (one[3] is not None) for one in stages.values())


def test_the_ledger_does_what_its_model_does(database: Sessions) -> None:
    machine = type("OnThisDatabase", (Machine,), {"database": database})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=25,
            stateful_step_count=60,
            deadline=None,  # a step is several transactions on whatever disk there is
            suppress_health_check=[HealthCheck.too_slow],
        ),
    )
