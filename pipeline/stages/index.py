"""Index: make the transcript findable, one document a segment."""

from __future__ import annotations

from pipeline.ports import EvaluationStore, SearchDocument, SearchIndex
from pipeline.stage import Context, stage
from pipeline.values import Dialogue, EvaluationRef, Indexed


@stage(version=1, resource="io", time_limit=300, attempts=10, reusable=False)
def index(
    dialogue: Dialogue,
    evaluation_ref: EvaluationRef,
    *,
    search_index: SearchIndex,
    evaluations: EvaluationStore,
    context: Context,
) -> Indexed:
    """After persist, so that nothing is found that cannot be opened; ten attempts, as servers restart."""
    del evaluation_ref
    facts = evaluations.facts(context.conversation_id)
    count = search_index.replace(
        context.conversation_id,
        [
            SearchDocument(
                conversation_id=context.conversation_id,
                number=one.number,
                speaker=one.speaker,
                text=one.text,
                start=one.start,
                end=one.end,
                language=one.language,
                class_id=facts.class_id,
                created_on=facts.created_on,
            )
            for one in dialogue.segments
        ],
    )
    return Indexed(documents=count)
