"""How an index, which has no transaction with the database, comes to hold what the database does."""

from __future__ import annotations

from uuid import UUID

from pipeline.errors import PermanentError
from pipeline.ports import EvaluationStore, SearchWriter


def bring(conversation_id: UUID, index: SearchWriter, evaluations: EvaluationStore) -> int:
    """Write what readers see, and look again afterwards: it may have changed meanwhile. How many documents.

    As every writer does so, whoever writes last has looked after it. PermanentError where the conversation is gone:
    then it is gone from the index, too.
    """
    count, written = 0, None
    while True:
        try:
            documents = evaluations.documents(conversation_id)
        except PermanentError:
            index.remove(conversation_id)
            raise
        if documents == written:
            return count
        count, written = index.replace(conversation_id, documents), documents
