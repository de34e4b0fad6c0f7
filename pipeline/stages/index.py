"""Index: make the transcript findable, one document a segment."""

from __future__ import annotations

from pipeline.errors import PermanentError
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

    What is indexed is what readers see, whichever run wrote it, and looked at again afterwards: a
    newer run may have changed it meanwhile, and the index has no transaction with the database.
    """
    del evaluation_ref
    documents = evaluations.documents(context.conversation_id)
    while True:
        count = search_index.replace(context.conversation_id, documents)
        written = documents
        try:
            documents = evaluations.documents(context.conversation_id)
        except PermanentError:
            # Deleted meanwhile: what it said must not be found any more.
            search_index.remove(context.conversation_id)
            raise
        if documents == written:
            return Indexed(documents=count)
