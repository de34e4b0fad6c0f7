"""Counts for the metrics page: what ended while this process ran, each end once."""

from __future__ import annotations

from datetime import datetime, timedelta

from prometheus_client import CollectorRegistry, Counter, Histogram

from models.database import Sessions
from models.figures import Ended, ended
from models.healing import moment
from models.runs import RUN_OVER
from pipeline.plan import PLAN

LATE = timedelta(seconds=60)
"""How long after its time an end may become visible: the transaction that records it waits for locks."""
STAGE_SECONDS = (0.1, 0.3, 1, 3, 10, 30, 60, 120, 300, 600, 1800, 3600, 7200, 14400)
"""From a judge of a short talk to the turns of ten hours of sound, added up."""
RUN_SECONDS = (10, 30, 60, 120, 300, 600, 1200, 1800, 3600, 7200, 14400, 43200, 86400)
"""From a minute of talk on an idle worker to a day in line."""


class Tail:
    """Reads each stretch of time again until nothing can come to it, and gives every end once."""

    def __init__(self, sessions: Sessions) -> None:
        """Begin at the first look, which gives nothing."""
        self._sessions = sessions
        self._last: tuple[datetime, Ended] | None = None

    def fresh(self) -> Ended:
        """What ended, or became visible, since the last look, however long ago that was."""
        with self._sessions.begin() as session:
            now = moment(session)
            before = self._last
            told = ended(session, (before[0] if before else now) - LATE)
        self._last = now, told
        known = before[1] if before else told
        return Ended(
            stages=tuple(set(told.stages) - set(known.stages)),
            runs=tuple(set(told.runs) - set(known.runs)),
            failures=tuple(set(told.failures) - set(known.failures)),
        )


class Counts:
    """What has ended, each end counted once."""

    def __init__(self, registry: CollectorRegistry) -> None:
        """All known labels are there from the start, so that the first rise can be seen."""
        self._stage_seconds = Histogram(
            "colloquy_stage_seconds",
            "Work of stages that came through, results used again left out.",
            ["stage"],
            buckets=STAGE_SECONDS,
            registry=registry,
        )
        self._stages = Counter(
            "colloquy_stages_ended",
            "Stages that came through, by whether an earlier result was used again.",
            ["stage", "reused"],
            registry=registry,
        )
        self._attempts = Counter(
            "colloquy_stage_attempts",
            "Attempts that stages needed which came through.",
            ["stage"],
            registry=registry,
        )
        self._failures = Counter(
            "colloquy_stage_failures",
            "Attempts without a result, by code and by what followed: again, waits or dead.",
            ["stage", "code", "outcome"],
            registry=registry,
        )
        self._runs = Counter(
            "colloquy_runs_ended", "Runs that ended.", ["state"], registry=registry
        )
        self._run_seconds = Histogram(
            "colloquy_run_seconds",
            "From the upload to the end, of runs that gave a result.",
            buckets=RUN_SECONDS,
            registry=registry,
        )
        self._audio_in = Counter(
            "colloquy_audio_seconds_in", "Sound of uploads that were decoded.", registry=registry
        )
        self._audio_out = Counter(
            "colloquy_audio_seconds_out", "Sound of runs that gave a result.", registry=registry
        )
        for stage in PLAN.stages:
            self._stage_seconds.labels(stage.name)
            self._attempts.labels(stage.name)
        for state in RUN_OVER:
            self._runs.labels(state)

    def add(self, told: Ended) -> None:
        """Count them."""
        for stage in told.stages:
            self._stages.labels(stage.stage, str(stage.reused).lower()).inc()
            self._attempts.labels(stage.stage).inc(stage.attempts)
            self._audio_in.inc(stage.audio)
            if not stage.reused:
                self._stage_seconds.labels(stage.stage).observe(stage.seconds)
        for failure in told.failures:
            self._failures.labels(failure.stage, failure.code, failure.outcome).inc()
        for run in told.runs:
            self._runs.labels(run.state).inc()
            if run.state in {"completed", "insufficient"}:
                self._run_seconds.observe(run.seconds)
                self._audio_out.inc(run.audio)
