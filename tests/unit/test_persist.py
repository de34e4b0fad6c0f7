from __future__ import annotations

from uuid import UUID, uuid4

from pipeline.reports import GrammarReport, Report
from pipeline.scores import Scorecard
from pipeline.stage import Context
from pipeline.stages.persist import persist
from pipeline.values import Dialogue, EvaluationRef
from tests.factories import dialogue, recording, upload
from tests.fakes.stores import MemoryEvaluations
from tests.report_factories import grammar_report, reports, scorecard

TALK = dialogue("P: Where did you go?", "L: I goed home.")


def context(run_id: UUID) -> Context:
    return Context(
        run_id=run_id, conversation_id=uuid4(), attempt=1, progress=lambda _fraction: None
    )


def persisted(
    store: MemoryEvaluations,
    talk: Dialogue = TALK,
    card: Scorecard | None = None,
    found: tuple[Report, ...] | None = None,
) -> tuple[UUID, EvaluationRef]:
    run_id = uuid4()
    ref = persist(
        upload(),
        recording(),
        talk,
        card or scorecard(),
        *(reports(talk) if found is None else found),
        evaluations=store,
        context=context(run_id),
    )
    return run_id, ref


def test_everything_is_handed_over_under_the_run() -> None:
    store = MemoryEvaluations()
    run_id, ref = persisted(store)
    kept = store.saved[run_id]
    assert ref.state == "evaluated"
    assert kept.dialogue == TALK
    assert len(kept.reports) == 5
    assert kept.rubric_sha256 == kept.scorecard.rubric_sha256


def test_the_hash_is_of_what_was_judged_and_of_nothing_else() -> None:
    store = MemoryEvaluations()
    first, _ = persisted(store)
    again, _ = persisted(store)
    slip = grammar_report(TALK, ("goed", "went"))
    other = tuple(slip if isinstance(one, GrammarReport) else one for one in reports(TALK))
    changed = [
        persisted(store, found=other)[0],
        persisted(store, card=scorecard("20", "15", "14", "11", "12"))[0],
        persisted(store, talk=dialogue("L: I went home."), found=reports(TALK))[0],
    ]
    hashes = [store.saved[one].sha256 for one in changed]
    assert store.saved[first].sha256 == store.saved[again].sha256
    assert len({store.saved[first].sha256, *hashes}) == 4


def test_too_little_evidence_is_handed_over_with_its_reason() -> None:
    _, ref = persisted(MemoryEvaluations(), card=scorecard(insufficient="Too short."))
    assert (ref.state, ref.evaluation_id, ref.reason) == ("insufficient", None, "Too short.")


def test_its_effects_are_never_taken_from_an_earlier_run() -> None:
    assert not persist.reusable
