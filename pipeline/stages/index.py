"""Index: make the transcript findable, one document a segment."""

from __future__ import annotations

from pipeline.indexing import bring
from pipeline.ports import EvaluationStore, SearchIndex
from pipeline.stage import Context, stage
from pipeline.values import EvaluationRef, Indexed


@stage(version=2, resource="io", time_limit=300, attempts=10, reusable=False)
def index(
    evaluation_ref: EvaluationRef,
    *,
    search_index: SearchIndex,
    evaluations: EvaluationStore,
    context: Context,
) -> Indexed:
    """After persist, so that nothing is found that cannot be opened; ten attempts, as servers restart.

    What is indexed is what readers see, whichever run wrote it.
    """
    del evaluation_ref
    return Indexed(documents=bring(context.conversation_id, search_index, evaluations))
