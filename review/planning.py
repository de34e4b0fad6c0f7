"""Plans a rerun: which stages of which conversations would be computed, and what that costs.

Content keys are compared stage by stage, as the runner will: a stage whose key is known gives what it gave
before. Behind a stage that is computed anew keys cannot be foretold; there the plan says what is computed at most.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean
from uuid import UUID

from models.database import Sessions
from models.reruns import Repeat
from models.sources import Source, sources
from pipeline.artifacts import key_of
from pipeline.errors import PermanentError
from pipeline.plan import Plan
from pipeline.runner import Tools
from pipeline.scores import Scorecard
from pipeline.stage import AnyStage
from pipeline.values import Dialogue, Recording

AT_ONCE = 200
"""Conversations looked at in one transaction: some megabytes of rows and, for the hashing, seconds of the database."""
HERE = frozenset({"rubric", "evaluations"})
"""Tools without a model, a recording or a server beside the database."""
SEARCH = "search_index"
MEDIA = "media"

Gone = Callable[[str, str], bool]
"""Whether the object under a key, with this ETag where one is given, is no more there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOut:
    """A conversation that is not rerun, and why."""

    conversation: UUID
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StageCost:
    """One stage over all conversations."""

    stage: str
    count: int
    seconds: float | None
    """By what the same stages took before; None where that is not known of any."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plans:
    """What a rerun would do."""

    stage: str
    rubric: str
    here: bool
    """In this command's processes; else by the workers, behind every upload."""
    repeats: tuple[Repeat, ...]
    unchanged: int
    """Conversations that have just this already."""
    left_out: tuple[LeftOut, ...]
    costs: tuple[StageCost, ...]

    @property
    def seconds(self) -> float:
        """Of work, as far as known; several processes share it."""
        return sum(one.seconds or 0.0 for one in self.costs)


def here(plan: Plan, stage: str) -> bool:
    """Whether a rerun needs nothing but the database; finding the words again is left to the workers."""
    wanted = [set(plan[name].tools) for name in plan.following(stage)]
    return all(one <= HERE or SEARCH in one for one in wanted)


class Planner:
    """Plans reruns from one stage on, by one set of tools."""

    def __init__(self, plan: Plan, stage: str, tools: Tools, gone: Gone) -> None:
        """PermanentError for a stage from which nothing can be rerun."""
        known = [one.name for one in plan.stages if one.reusable]
        if stage not in known:
            raise PermanentError(
                f"Nothing can be rerun from {stage!r} on.",
                code="unknown-stage",
                advice=f"Choose one of: {', '.join(known)}.",
            )
        self._plan, self._stage, self._tools, self._gone = plan, stage, tools, gone
        self._anew = plan.following(stage)
        self._says_who = next(one.name for one in plan.stages if one.gives is Dialogue)
        self._engines_of: dict[str, tuple[str, ...]] = {}
        self._costs: dict[str, list[float | None]] = {}

    def plans(self, sessions: Sessions, wanted: Sequence[UUID], rubric: str) -> Plans:
        """Of these conversations, `rubric` being the version among the tools."""
        repeats, left_out, unchanged = [], [], 0
        for source in self._sources(sessions, wanted):
            try:
                found = self._repeat(source)
            except PermanentError as error:
                left_out.append(LeftOut(conversation=source.conversation_id, reason=error.sentence))
                continue
            if found is None:
                unchanged += 1
            else:
                repeats.append(found)
        return Plans(
            stage=self._stage,
            rubric=rubric,
            here=here(self._plan, self._stage),
            repeats=tuple(repeats),
            unchanged=unchanged,
            left_out=tuple(left_out),
            costs=tuple(self._told()),
        )

    def _sources(self, sessions: Sessions, wanted: Sequence[UUID]) -> Iterator[Source]:
        reusable = [self._plan[name] for name in self._anew if self._plan[name].reusable]
        needed = {kind for one in reusable for kind in self._plan.inputs(one)}
        for at in range(0, len(wanted), AT_ONCE):
            yield from sources(sessions, self._plan, wanted[at : at + AT_ONCE], needed)

    def _repeat(self, source: Source) -> Repeat | None:
        """None where there is nothing to do; PermanentError says why it cannot be done."""
        if source.run_id is None:
            raise PermanentError(source.reason or "It cannot be rerun.", code="left-out")
        anew = self._stages(source)
        kept = {one.type: one.sha256 for one in source.made.values() if one.stage not in anew}
        self._must_have(source, anew, kept)
        hashes = kept | {self._plan.seed.__name__: source.seed_sha256}
        key = self._key(source, anew, hashes)
        if source.repeats.get(key):
            return None
        computed = self._computed(source, anew, hashes)
        if not any(self._plan[name].reusable for name in computed):
            return None
        for name in computed:
            self._costs.setdefault(name, []).append(_seconds(source, name))
        return Repeat(
            conversation_id=source.conversation_id,
            source_id=source.run_id,
            anew=tuple(one.name for one in self._plan.stages if one.name in anew),
            scores_only=here(self._plan, self._stage),
            key=key,
        )

    def _stages(self, source: Source) -> frozenset[str]:
        """Those from the asked one on; the words are not indexed again where they stay as they are."""
        found = {name for name in self._anew if SEARCH in self._plan[name].tools}
        if self._says_who in self._anew or any(name not in source.made for name in found):
            return self._anew
        return self._anew - found

    def _must_have(
        self, source: Source, anew: frozenset[str], kept: Mapping[str, str | None]
    ) -> None:
        """All that is kept, and the recording where a stage hears it."""
        for one in self._plan.stages:
            if one.name not in anew and one.gives.__name__ not in kept and SEARCH not in one.tools:
                raise PermanentError(
                    f"It never went through the stage {one.name}.",
                    code="lacks-stage",
                    advice=f"Rerun it from {one.name} on.",
                )
        if not any(MEDIA in self._plan[name].tools for name in anew):
            return
        kept_sound = Recording.__name__ in kept
        sound = (source.sound_key, "") if kept_sound else (source.media_key, source.media_etag)
        if self._gone(*sound):
            raise PermanentError(
                "Its recording is not there any more.",
                code="media-missing",
                advice="From score on it can be rerun without.",
            )

    def _key(self, source: Source, anew: frozenset[str], hashes: Mapping[str, str | None]) -> str:
        """Over the upload, its analysis, what is kept of it, and what the rest is made by."""
        since = source.analysed_at.timestamp() if source.analysed_at else 0.0
        digest = hashlib.sha256(f"{source.seed_sha256} {since!r}".encode())
        for one in self._plan.stages:
            if one.name in anew and one.reusable:
                inputs = {kind: hashes.get(kind) or "" for kind in self._plan.inputs(one)}
                digest.update(key_of(one, inputs, self._engines(one)).encode())
        return digest.hexdigest()

    def _computed(
        self, source: Source, anew: frozenset[str], hashes: Mapping[str, str | None]
    ) -> list[str]:
        """The stages that do not give what they gave before; only a scorecard that was persisted counts as given."""
        known, computed = dict(hashes), list[str]()
        for one in self._plan.stages:
            if one.name not in anew:
                continue
            inputs = {kind: known.get(kind) for kind in self._plan.inputs(one)}
            told = {kind: sha256 for kind, sha256 in inputs.items() if sha256 is not None}
            key = key_of(one, told, self._engines(one)) if len(told) == len(inputs) else None
            given = source.scored if one.gives is Scorecard else source.keys
            if one.reusable and key is not None and key in given:
                known[one.gives.__name__] = source.keys[key]
            else:
                computed.append(one.name)
        return computed

    def _engines(self, stage: AnyStage) -> tuple[str, ...]:
        if stage.name not in self._engines_of:
            tools = (self._tools[name] for name in stage.tools)
            self._engines_of[stage.name] = tuple(
                sorted({one.engine for one in tools if one.engine})
            )
        return self._engines_of[stage.name]

    def _told(self) -> Iterator[StageCost]:
        for one in self._plan.stages:
            each = self._costs.get(one.name, [])
            measured = [seconds for seconds in each if seconds is not None]
            if each:
                yield StageCost(
                    stage=one.name,
                    count=len(each),
                    seconds=fmean(measured) * len(each) if measured else None,
                )


def _seconds(source: Source, stage: str) -> float | None:
    made = source.made.get(stage)
    return made.seconds if made is not None else None
