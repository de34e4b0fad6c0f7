"""Persist: everything a reader will ask for, in one transaction."""

from __future__ import annotations

import hashlib

from pipeline.artifacts import freeze
from pipeline.ports import Evaluation, EvaluationStore
from pipeline.reports import Report
from pipeline.scores import Scorecard
from pipeline.stage import Context, stage
from pipeline.values import Dialogue, EvaluationRef, Recording, Upload


@stage(version=1, resource="io", time_limit=300, attempts=5, reusable=False)
def persist(
    upload: Upload,
    recording: Recording,
    dialogue: Dialogue,
    scorecard: Scorecard,
    *reports: Report,
    evaluations: EvaluationStore,
    context: Context,
) -> EvaluationRef:
    """Write the evaluation, or keep the reason why there is none."""
    digest = hashlib.sha256()
    for value in (recording, dialogue, *reports, scorecard):
        digest.update(freeze(value).sha256.encode())
    return evaluations.save(
        context.run_id,
        context.attempt,
        Evaluation(
            upload=upload,
            recording=recording,
            dialogue=dialogue,
            scorecard=scorecard,
            reports=reports,
            sha256=digest.hexdigest(),
            rubric_sha256=scorecard.rubric_sha256,
        ),
    )
