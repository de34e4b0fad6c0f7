"""Rubrics: kept as evaluations were made by them, and which one is in force.

The one in force is the newest activation that was not undone. While none was made by hand, it is the one that
the setting `stages.rubric` names: an installation that never activates anything goes by its settings alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from uuid import UUID

from sqlalchemy import (
    ForeignKey,
    Identity,
    Index,
    String,
    Subquery,
    Text,
    func,
    select,
    text,
    update,
)
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, Session, mapped_column

from models.base import Base, Moment, Now
from models.database import Sessions, working
from models.runs import Run
from pipeline.errors import PermanentError
from pipeline.ports import Tool
from pipeline.rubric import Rubric, digest, parse, shipped
from pipeline.runner import Tools

LOCK = 0x0C0110C2
"""Key of the advisory lock that keeps the rubric in force as it is; `models.admission` has the one before it."""


class RubricVersion(Base):
    """A rubric as it was when an evaluation was made by it."""

    __tablename__ = "rubric_versions"

    version: Mapped[str] = mapped_column(String(50), primary_key=True)
    sha256: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[Now]
    body: Mapped[str | None] = mapped_column(Text)
    """The file's text, so that every worker has it; null where only its hash was kept."""


class RubricActivation(Base):
    """A rubric came into force; rows are added and marked as undone, never taken away."""

    __tablename__ = "rubric_activations"
    __table_args__ = (Index("idx_rubric_activations_version", "version"),)

    position: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    id: Mapped[UUID] = mapped_column(server_default=func.gen_random_uuid())
    """What the audit event names."""
    version: Mapped[str] = mapped_column(ForeignKey("rubric_versions.version", ondelete="RESTRICT"))
    by_setting: Mapped[bool] = mapped_column(server_default=text("false"))
    """It was in force by the settings before anything was activated."""
    activated_at: Mapped[Now]
    undone_at: Mapped[Moment]


def keep(session: Session, version: str, sha256: str, body: str | None = None) -> None:
    """Note the version; PermanentError `rubric-changed` when it was another rubric's before."""
    if body is None:
        of_file = shipped().get(version)
        body = of_file if of_file is not None and digest(of_file) == sha256 else None
    session.execute(
        insert(RubricVersion)
        .values(version=version, sha256=sha256, body=body)
        .on_conflict_do_nothing()
    )
    known = session.get_one(RubricVersion, version, populate_existing=True)
    if known.sha256 != sha256:
        raise changed(version)
    if known.body is None and body is not None:
        session.execute(
            update(RubricVersion).where(RubricVersion.version == version).values(body=body)
        )


def changed(version: str) -> PermanentError:
    """A version's text is another than it was."""
    return PermanentError(
        f"The rubric {version} is not the one that evaluations were made by before.",
        code="rubric-changed",
        advice="Give the edited rubric a version of its own.",
    )


def newest_activation(session: Session) -> RubricActivation | None:
    """The activation that holds; None while there was none."""
    return session.scalars(
        select(RubricActivation)
        .where(RubricActivation.undone_at.is_(None))
        .order_by(RubricActivation.position.desc())
        .limit(1)
    ).first()


def ranks() -> Subquery:
    """Rubrics that are or were in force, by `version`; the higher the `rank`, the later they came into force."""
    return (
        select(RubricActivation.version, func.max(RubricActivation.position).label("rank"))
        .where(RubricActivation.undone_at.is_(None))
        .group_by(RubricActivation.version)
        .subquery()
    )


def hold_steady(session: Session) -> None:
    """Until the transaction ends no rubric comes into force or goes."""
    session.execute(text("SELECT pg_advisory_xact_lock_shared(:key)"), {"key": LOCK})


class Rubrics:
    """One public method is one transaction."""

    def __init__(self, sessions: Sessions, default: str) -> None:
        """`default` is the version that the settings name."""
        self._sessions, self.default = sessions, default
        self._parsed: dict[str, Rubric] = {}

    def read(self, version: str) -> Rubric:
        """As it ships, else as it was kept; PermanentError for an unknown version."""
        if version not in self._parsed:
            body = shipped().get(version)
            if body is None:
                with working(self._sessions) as session:
                    row = session.get(RubricVersion, version)
                    body = row.body if row is not None else None
                if body is None:
                    raise self._unknown(version)
            self._parsed[version] = parse(body)
        return self._parsed[version]

    def in_force(self) -> str:
        """The version by which uploads are scored."""
        with working(self._sessions) as session:
            return self.version_in_force(session)

    def version_in_force(self, session: Session) -> str:
        """The same in a transaction of the caller's."""
        found = newest_activation(session)
        return self.default if found is None or found.by_setting else found.version

    def of(self, run_id: UUID) -> Rubric:
        """By which the run is scored: the one it was made for, else the one in force now."""
        with working(self._sessions) as session:
            version = session.scalar(select(Run.rubric).where(Run.id == run_id))
            version = version or self.version_in_force(session)
        return self.read(version)

    def tools(self, run_id: UUID, tools: Tools) -> Tools:
        """The tools, with the run's rubric among them; it is looked up when it is asked for."""
        return _RunTools(self, run_id, tools)

    def try_out(self, rubric: Rubric) -> None:
        """Keep a rubric for runs that are to be scored by it, and which one is in force, before it is tried.

        PermanentError `rubric-changed`.
        """
        with self._sessions.begin() as session:
            self.base(session)
            keep(session, rubric.version, rubric.sha256, rubric.text)

    def base(self, session: Session) -> None:
        """Note what the settings have in force, so that it goes before a rubric that never was."""
        session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": LOCK})
        found = newest_activation(session)
        if found is None or (found.by_setting and found.version != self.default):
            rubric = self.read(self.default)
            keep(session, rubric.version, rubric.sha256, rubric.text)
            session.add(RubricActivation(version=rubric.version, by_setting=True))
            session.flush()

    def known(self) -> list[RubricVersion]:
        """Those that were kept, by version."""
        with self._sessions.begin() as session:
            return list(session.scalars(select(RubricVersion).order_by(RubricVersion.version)))

    def expect(self, version: str) -> None:
        """PermanentError for a version that never was: nothing can have been scored by it."""
        there = {one.version for one in self.known()} | set(shipped())
        if version not in there:
            raise _unknown(version, there)

    def _unknown(self, version: str) -> PermanentError:
        kept = {one.version for one in self.known() if one.body is not None}
        return _unknown(version, kept | set(shipped()), "; or name a file that ends in .toml")


def _unknown(version: str, there: set[str], besides: str = "") -> PermanentError:
    return PermanentError(
        f"There is no rubric {version!r}.",
        code="unknown-rubric",
        advice=f"There are: {', '.join(sorted(there))}{besides}.",
    )


class _RunTools(Mapping[str, Tool]):
    """Tools of one run."""

    def __init__(self, rubrics: Rubrics, run_id: UUID, tools: Tools) -> None:
        self._rubrics, self._run_id, self._tools = rubrics, run_id, tools

    def __getitem__(self, name: str) -> Tool:
        return self._rubrics.of(self._run_id) if name == "rubric" else self._tools[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._tools)

    def __len__(self) -> int:
        return len(self._tools)
