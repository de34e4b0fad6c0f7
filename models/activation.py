"""Puts rubrics into force and takes them out again, and has readers see what follows from it.

The deed is one row, in one short transaction with its audit event. Conversations follow it one by one, each in a
transaction of its own, so that a reader never sees a half of one and an archive of any size is never locked; what
was stopped in the middle is ended by giving the same command again.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, func, select, text
from sqlalchemy.orm import Session

from models.achievements import award
from models.audit import note
from models.conversations import ConversationEvaluation
from models.database import Sessions
from models.inputs import artifacts, seed_artifact
from models.locks import with_runs
from models.rubrics import LOCK, RubricActivation, Rubrics, RubricVersion, keep, newest_activation
from models.runs import Run
from models.shown import chosen, show
from pipeline.artifacts import thaw
from pipeline.errors import PermanentError
from pipeline.plan import Plan
from pipeline.ports import Evaluation
from pipeline.reports import Report
from pipeline.rubric import Rubric, shipped
from pipeline.scores import Scorecard
from pipeline.values import Dialogue, Recording, Upload


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """One rubric that is known."""

    version: str
    in_force: bool
    since: datetime | None
    """When it came into force last; None where it never did, or by the settings alone."""
    ships: bool
    results: int
    """Evaluations, and findings that there is too little evidence for one."""
    seen: int
    """Conversations whose readers see a result by it."""


class Activations:
    """One public method is one transaction."""

    def __init__(self, sessions: Sessions, plan: Plan, rubrics: Rubrics) -> None:
        """Of the rubrics, for runs of the plan."""
        self._sessions, self._plan, self._rubrics = sessions, plan, rubrics

    def activate(self, rubric: Rubric) -> bool:
        """Put it into force; False where it is by an activation already."""
        with self._sessions.begin() as session:
            self._rubrics.base(session)
            keep(session, rubric.version, rubric.sha256, rubric.text)
            before = newest_activation(session)
            if before is not None and before.version == rubric.version and not before.by_setting:
                return False
            made = RubricActivation(version=rubric.version)
            session.add(made)
            session.flush()
            told = {"version": rubric.version, "before": before.version if before else None}
            note(session, "activate", "rubric", made.id, **told)
            return True

    def undo(self) -> tuple[str, str]:
        """Take the newest activation back; the version that goes and the one that holds again."""
        with self._sessions.begin() as session:
            session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": LOCK})
            newest = newest_activation(session)
            if newest is None or newest.by_setting:
                raise PermanentError(
                    "No activation is left that could be undone.",
                    code="nothing-to-undo",
                    advice=f"By the settings the rubric {self._rubrics.default} is in force.",
                )
            newest.undone_at = func.now()
            session.flush()
            again = self._rubrics.version_in_force(session)
            note(session, "undo", "rubric", newest.id, version=newest.version, now=again)
            return newest.version, again

    def behind(self) -> list[UUID]:
        """Conversations whose readers do not see yet what they shall see."""
        choice = chosen().subquery()
        with self._sessions.begin() as session:
            return list(
                session.scalars(
                    select(choice.c.conversation_id)
                    .join(Run, Run.id == choice.c.id)
                    .where(Run.shown.is_(False))
                    .order_by(choice.c.conversation_id)
                )
            )

    def follow(self, conversation_id: UUID) -> bool:
        """Have readers of the conversation see what they shall see; False where they did already."""
        with self._sessions.begin() as session:
            talk = with_runs(session, conversation_id)
            found = session.execute(chosen(Run.conversation_id == conversation_id)).first()
            run = session.get(Run, found.id) if found is not None else None
            if talk is None or run is None or run.shown:
                return False
            evaluation = self._evaluation(session, run)
            row = session.scalar(
                select(ConversationEvaluation.id).where(ConversationEvaluation.run_id == run.id)
            )
            show(session, run, talk, evaluation, row)
            if row is not None and talk.user_id is not None:
                award(session, talk.user_id, evaluation)
            return True

    def _evaluation(self, session: Session, run: Run) -> Evaluation:
        found = artifacts(session, run.id)
        found[self._plan.seed.__name__] = seed_artifact(self._plan, run)
        card = thaw(Scorecard, found[Scorecard.__name__])
        # Of stages that were taken out meanwhile nobody knows what they gave.
        kinds = [kind for name, kind in self._plan.types.items() if name in found]
        return Evaluation(
            upload=thaw(Upload, found[Upload.__name__]),
            recording=thaw(Recording, found[Recording.__name__]),
            dialogue=thaw(Dialogue, found[Dialogue.__name__]),
            scorecard=card,
            reports=tuple(
                thaw(kind, found[kind.__name__]) for kind in kinds if issubclass(kind, Report)
            ),
            # Written with the evaluation's row, which stands.
            sha256="",
            rubric_sha256=card.rubric_sha256,
        )

    def standing(self) -> list[Standing]:
        """The rubrics that ship or were kept, by version."""
        with self._sessions.begin() as session:
            now = self._rubrics.version_in_force(session)
            return sorted(_standing(session, now), key=lambda one: one.version)


def _standing(session: Session, now: str) -> Iterator[Standing]:
    made = _counted(session, Run.scorecard.is_not(None))
    seen = _counted(session, Run.shown.is_(True))
    activated = session.execute(
        select(RubricActivation.version, func.max(RubricActivation.activated_at))
        .where(RubricActivation.undone_at.is_(None), RubricActivation.by_setting.is_(False))
        .group_by(RubricActivation.version)
    )
    since: dict[str, datetime | None] = dict(activated.all())
    kept = set(session.scalars(select(RubricVersion.version)))
    for version in kept | set(shipped()):
        yield Standing(
            version=version,
            in_force=version == now,
            since=since.get(version),
            ships=version in shipped(),
            results=made.get(version, 0),
            seen=seen.get(version, 0),
        )


def _counted(session: Session, which: ColumnElement[bool]) -> dict[str | None, int]:
    """Such runs by rubric."""
    rows = session.execute(select(Run.rubric, func.count()).where(which).group_by(Run.rubric))
    return dict(rows.all())
