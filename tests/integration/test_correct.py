"""A teacher's correction: judged again from the words on, with what was before in the history."""

from __future__ import annotations

from pathlib import Path
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select, text, update

from models.database import Sessions
from models.run_store import RunStore
from models.shown import shown
from models.tables import (
    Conversation,
    ConversationEvaluation,
    ConversationSegment,
    GrammarErrorRow,
    Run,
    StageResult,
)
from pipeline.artifacts import thaw
from pipeline.plan import PLAN
from pipeline.values import Dialogue, Transcript, Upload
from tests.factories import dialogue
from tests.fakes.quick import TALK
from tests.integration import walked
from tests.integration.commands import deeds
from tests.integration.evaluations import forget
from tests.integration.mended import corrected, document, exported, mend

pytestmark = pytest.mark.usefixtures("corrector")


JUDGED = [one.name for one in PLAN.stages if one.name not in walked.HEARD]


@pytest.fixture
def talk(database: Sessions) -> UUID:
    """S1 asks, S2 answers and says "she go"."""
    made = walked.conversation(database)
    walked.analysed(database, made)
    return made


def evaluations(database: Sessions, talk: UUID) -> list[ConversationEvaluation]:
    with database.begin() as session:
        return list(
            session.scalars(
                select(ConversationEvaluation)
                .where(ConversationEvaluation.conversation_id == talk)
                .order_by(ConversationEvaluation.created_at)
            )
        )


def current(database: Sessions, talk: UUID) -> UUID | None:
    with database.begin() as session:
        return session.scalar(shown(talk))


@pytest.mark.parametrize("form", ["vtt", "chat", "json"])
def test_a_mended_export_becomes_a_new_version(
    database: Sessions, talk: UUID, tmp_path: Path, form: str
) -> None:
    before, first = document(database, talk), current(database, talk)
    assert [one.text for one in before.grammar_errors if one.counted] == ["she go"]
    path = mend(exported(database, talk, tmp_path, form), ("she go home", "she goes home"))
    run_id = corrected(talk, "--transcript", path)
    assert current(database, talk) == first, "readers see the first until the second is scored"
    assert walked.finish(database, run_id) == JUDGED
    assert current(database, talk) == run_id
    after = document(database, talk)
    assert not after.grammar_errors
    assert after.scores.grammar.evidence_level == "text as a teacher corrected it"
    times = [(word.text, word.start) for one in after.segments for word in one.words]
    assert [start for _, start in times] == [
        word.start for one in before.segments for word in one.words
    ]
    assert "goes" in [said for said, _ in times]
    assert [one.role for one in after.speakers] == ["partner", "learner"]
    assert after.scores.fluency.score == before.scores.fluency.score
    assert after.scores.pronunciation.score == before.scores.pronunciation.score


def test_the_first_evaluation_stays_as_it_was(
    database: Sessions, talk: UUID, tmp_path: Path
) -> None:
    [before] = evaluations(database, talk)
    first = current(database, talk)
    path = mend(exported(database, talk, tmp_path), ("she go home", "she goes home"))
    run_id = corrected(talk, "--transcript", path)
    walked.finish(database, run_id)
    kept, added = evaluations(database, talk)
    assert (kept.id, kept.grammar_score, kept.run_id) == (before.id, before.grammar_score, first)
    assert added.grammar_score > kept.grammar_score
    with database.begin() as session:
        old, _ = RunStore(database, PLAN).artifacts(kept.run_id or uuid4())
        said = thaw(Dialogue, old["Dialogue"])
        assert any("she go home" in one.text for one in said.segments)
        segments = select(ConversationSegment.text_content).where(
            ConversationSegment.conversation_id == talk
        )
        assert any("she goes home" in one for one in session.scalars(segments))
        assert not session.scalars(
            select(GrammarErrorRow).where(GrammarErrorRow.conversation_id == talk)
        ).all()
        scores = session.execute(text("SELECT average_score FROM user_progress_summary"))
        assert {float(one) for (one,) in scores} == {float(added.overall_score)}


def test_what_was_heard_is_kept_and_found_again(
    database: Sessions, talk: UUID, tmp_path: Path
) -> None:
    path = mend(exported(database, talk, tmp_path), ("she go home", "she goes home"))
    run_id = corrected(talk, "--transcript", path)
    walked.finish(database, run_id)
    artifacts, stages = RunStore(database, PLAN).artifacts(run_id)
    assert all(stages[name].reused and stages[name].artifact_run_id for name in walked.HEARD)
    assert all(stages[name].engines == [walked.ENGINE] for name in walked.HEARD)
    recognised = thaw(Transcript, artifacts["Transcript"])
    assert recognised.words_by == "recogniser", "what was heard stays beside what was said"
    assert thaw(Upload, artifacts["Upload"]).correction is not None


def test_the_correction_survives_a_rerun(database: Sessions, talk: UUID, tmp_path: Path) -> None:
    path = mend(exported(database, talk, tmp_path), ("she go home", "she goes home"))
    walked.finish(database, corrected(talk, "--transcript", path))
    with database.begin() as session:
        source = session.get_one(Run, session.scalar(shown(talk)))
        session.execute(
            update(StageResult)
            .where(StageResult.run_id == source.id, StageResult.stage == "transcribe")
            .values(content_key="of another recogniser")
        )
    again = walked.repeated(database, talk, "transcribe")
    walked.hear(database, again)
    walked.finish(database, again)
    assert current(database, talk) == again
    after = document(database, talk)
    assert any("she goes home" in one.text for one in after.segments)
    assert not after.grammar_errors


def test_the_learner_is_put_right(database: Sessions, talk: UUID) -> None:
    run_id = corrected(talk, "--learner", "S1")
    assert walked.finish(database, run_id) == JUDGED
    after = document(database, talk)
    assert [(one.label, one.role, one.how) for one in after.speakers] == [
        ("S1", "learner", "given"),
        ("S2", "partner", "given"),
    ]
    walked.finish(database, corrected(talk, "--learner", "partner"))
    assert [one.role for one in document(database, talk).speakers] == ["partner", "learner"]


def test_corrections_add_up(database: Sessions, talk: UUID, tmp_path: Path) -> None:
    path = mend(exported(database, talk, tmp_path), ("she go home", "she goes home"))
    walked.finish(database, corrected(talk, "--transcript", path))
    walked.finish(database, corrected(talk, "--learner", "S1"))
    after = document(database, talk)
    assert after.speakers[0].role == "learner"
    assert any("she goes home" in one.text for one in after.segments)
    assert len(evaluations(database, talk)) >= 2


def test_a_correction_may_name_the_learner_too(
    database: Sessions, talk: UUID, tmp_path: Path
) -> None:
    path = mend(exported(database, talk, tmp_path, "chat"), ("she go home", "she goes home"))
    walked.finish(database, corrected(talk, "--transcript", path, "--learner", "S1"))
    assert document(database, talk).speakers[0].role == "learner"


def test_who_corrected_is_noted_without_what_was_said(
    database: Sessions, talk: UUID, tmp_path: Path
) -> None:
    run_id = corrected(talk, "--transcript", exported(database, talk, tmp_path))
    assert deeds(database, talk) == [
        ("correct", {"run": str(run_id), "lines": len(TALK.segments), "learner": "S2"})
    ]


def test_erasing_a_conversation_erases_its_corrections(
    database: Sessions, talk: UUID, tmp_path: Path
) -> None:
    walked.finish(database, corrected(talk, "--transcript", exported(database, talk, tmp_path)))
    forget(database, talk)
    with database.begin() as session:
        assert not session.scalars(select(Run).where(Run.conversation_id == talk)).all()
        assert session.get(Conversation, talk) is None


def test_a_correction_of_too_little_talk_says_so(database: Sessions, tmp_path: Path) -> None:
    talk = walked.conversation(database)
    walked.analysed(database, talk, dialogue("P: Where do you live?", "L: In town with my sister."))
    path = mend(exported(database, talk, tmp_path), ("In town", "In a town"))
    run_id = corrected(talk, "--transcript", path)
    walked.finish(database, run_id)
    after = document(database, talk)
    assert after.scores.overall.state == "insufficient"
    assert after.segments[1].text == "In a town with my sister."
