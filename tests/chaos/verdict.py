"""What is looked at when all is healed: every upload against an undisturbed one of its kind."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.database import Sessions
from models.tables import Run, StageResult
from tests.chaos.content import Content, content
from tests.chaos.uploads import Sent

TOLD = 5
"""Longest waits that are told of."""


@dataclass(slots=True)
class Verdict:
    """Counts, and a sentence for everything that is wrong."""

    kills: int = 0
    runs: int = 0
    lost: int = 0
    doubled: int = 0
    healed: int = 0
    worst: float = 0.0
    wrong: list[str] = field(default_factory=list)

    @property
    def line(self) -> str:
        return (
            f"kills: {self.kills} runs: {self.runs} lost: {self.lost} doubled: {self.doubled} "
            f"healed: {self.healed} worst_heal_seconds: {self.worst:.0f}"
        )


def compare(
    store: Sessions, sent: Sequence[Sent], wanted: Mapping[str, Content], verdict: Verdict
) -> None:
    """Lost: less than an undisturbed upload left, or something else. Doubled: more of it."""
    verdict.runs = len(sent)
    for one in sent:
        with store.begin() as session:
            found = content(session, one.conversation, one.user)
        differences = _differences(found, wanted[one.variant.name])
        verdict.wrong += [f"{one.conversation} ({one.variant.name}): {d}" for d in differences]
        more = any(len(found[name]) > len(rows) for name, rows in wanted[one.variant.name].items())
        verdict.doubled += more
        verdict.lost += bool(differences) and not more


def _differences(found: Content, wanted: Content) -> list[str]:
    told = []
    for table, rows in wanted.items():
        if found[table] != rows:
            missing = [row for row in rows if row not in found[table]][:1]
            strange = [row for row in found[table] if row not in rows][:1]
            told.append(
                f"{table} has {len(found[table])} rows for {len(rows)}; "
                f"missing {missing}, strange {strange}"
            )
    return told


def heals(
    store: Sessions, sent: Sequence[Sent], ends: Sequence[float], verdict: Verdict
) -> list[str]:
    """How long each disturbed upload waited for its next step after a fault had ended; the longest in words.

    Steps are the run's making, and the last claim and the end of each stage. A claim that a later
    one overwrote is not seen: that makes waits longer, not shorter.
    """
    waits = []
    with store.begin() as session:
        for one in sent:
            steps = _steps(session, one)
            for end in ends:
                later = [(moment, told) for moment, told in steps if moment > end]
                if end > one.at and later:
                    waits.append((later[0][0] - end, end, one.conversation, later[0][1]))
        verdict.healed = len(
            session.execute(
                select(StageResult.run_id, StageResult.stage)
                .join(Run, Run.id == StageResult.run_id)
                .where(
                    StageResult.attempt > 1,
                    Run.conversation_id.in_([one.conversation for one in sent]),
                )
            ).all()
        )
    # Of each upload its longest.
    longest = {conversation: (wait, end, told) for wait, end, conversation, told in sorted(waits)}
    verdict.worst = max((wait for wait, _, _ in longest.values()), default=0.0)
    return [
        f"waited {wait:.1f} s from {end:.2f} for {told}: {conversation}"
        for conversation, (wait, end, told) in sorted(
            longest.items(), key=lambda item: item[1][0], reverse=True
        )[:TOLD]
    ]


def _steps(session: Session, one: Sent) -> list[tuple[float, str]]:
    own = Run.conversation_id == one.conversation
    made = session.scalar(select(Run.created_at).where(own))
    moments = [(made, "the run")]
    for stage, began, ended in session.execute(
        select(StageResult.stage, StageResult.started_at, StageResult.finished_at)
        .join(Run, Run.id == StageResult.run_id)
        .where(own)
    ):
        moments += [(began, f"{stage}'s claim"), (ended, f"{stage}'s end")]
    return sorted((at.timestamp(), told) for at, told in moments if at is not None)
