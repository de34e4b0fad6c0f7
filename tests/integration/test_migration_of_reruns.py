"""An archive goes to the schema before reruns and back: readers go on to see what they saw."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine, create_engine, select, text

from config.settings import ReliabilitySettings
from models import migrate
from models.database import Sessions, sessions
from models.rubrics import Rubrics
from models.tables import ConversationEvaluation, Run
from pipeline.plan import PLAN
from review.planning import Planner
from review.rerun import Walker
from tests.integration.archived import MOVED, analysed, archived, judged
from tests.integration.databases import beside

SEEN = text("SELECT average_score FROM user_progress_summary WHERE total_conversations > 0")


@pytest.fixture
def empty(engine: Engine) -> Iterator[str]:
    """An empty database of its own."""
    with beside(engine) as url:
        yield url


def repeated(store: Sessions) -> None:
    """By another rubric, on trial."""
    with store.begin() as session:
        talks = session.scalars(select(Run.conversation_id).where(Run.shown)).all()
    Rubrics(store, "2026.2").try_out(MOVED)
    plans = Planner(PLAN, "score", {"rubric": MOVED}, lambda _key, _etag: False).plans(
        store, talks, MOVED.version
    )
    walk = Walker(store, MOVED, ReliabilitySettings())
    assert [walk(one).outcome for one in plans.repeats] == ["done"]


def test_what_readers_see_stays(empty: str) -> None:
    migrate.upgrade(empty)
    made = create_engine(empty)
    store = sessions(made)
    talk = archived(store, rate=2.0)
    newer = analysed(store, talk, judged(8.0), etag="2")
    repeated(store)
    with made.begin() as connection:
        before = connection.execute(SEEN).scalar_one()
    migrate.downgrade(empty, "0011")
    with made.begin() as connection:
        assert connection.execute(SEEN).scalar_one() == before
        runs = connection.execute(text("SELECT count(*) FROM runs")).scalar_one()
        assert runs == 2, "what repeated another is gone"
        # As an installation had it that never kept a rubric's version for a finding of too little.
        connection.execute(text("UPDATE conversation_evaluations SET rubric_version = NULL"))
        connection.execute(text("DELETE FROM rubric_versions"))
    migrate.upgrade(empty)
    with made.begin() as connection:
        assert connection.execute(SEEN).scalar_one() == before
    with store.begin() as session:
        found = session.scalars(select(Run).order_by(Run.created_at)).all()
        assert [(one.id == newer, one.shown, one.rubric) for one in found] == [
            (False, False, "2026.2"),
            (True, True, "2026.2"),
        ]
        assert all(one.uploaded_at == one.analysed_at == one.created_at for one in found)
        assert len(session.scalars(select(ConversationEvaluation)).all()) == 2
    repeated(store)
    made.dispose()
