"""Writes documents under one alias of Elasticsearch, each tried again by itself."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from pipeline.adapters.elasticsearch_errors import BUSY, RefusedError, telling
from pipeline.search import SearchDocument

RETRIES = 4
"""Of a document that the server has no room for, after 1, 2, 4 and 8 seconds: a merge that held it up is over by then,
and what lasts longer is waited for without holding a worker."""
FIRST, SLOWEST = 1, 8
"""Seconds before the first of them and before the last."""
PAGE = 1000
"""Conversations that are listed at once: well below Elasticsearch's 65,536 buckets."""
LONG = 120.0
"""Seconds for a page of that list: with a million conversations it was not tried."""


class WrittenIndex:
    """What stands behind the alias; where nothing does, status 404, and never an index that writing makes."""

    def __init__(self, client: Any, alias: str) -> None:  # noqa: ANN401 - its typed calls take many forms
        """On this server."""
        self._client, self._alias = client, alias

    def add(self, documents: Sequence[SearchDocument]) -> None:
        """One bulk request for each 500; of those only the documents that were refused are sent again."""
        from elasticsearch import helpers

        told = helpers.streaming_bulk(
            self._client,
            map(_action, documents),
            max_retries=RETRIES,
            initial_backoff=FIRST,
            max_backoff=SLOWEST,
            retry_on_status=BUSY,
            raise_on_error=False,
            yield_ok=False,
            index=self._alias,
            require_alias=True,
        )
        for _, answer in told:
            (one,) = answer.values()
            raise RefusedError(status=int(one["status"]), reason=_reason(one["error"]))

    def replace(self, conversation_id: UUID, documents: Sequence[SearchDocument]) -> int:
        """Write these, then drop what an earlier transcript had beyond them."""
        self.add(documents)
        numbers = [one.number for one in documents]
        self._delete(conversation_id, {"must_not": [{"terms": {"number": numbers}}]})
        return len(documents)

    def remove(self, conversation_id: UUID) -> None:
        """Delete by query, seen at once."""
        self._delete(conversation_id, {})

    def conversations(self) -> set[UUID]:
        """Page by page, of what was written so far."""
        self._client.indices.refresh(index=self._alias)
        found: set[UUID] = set()
        source = {"talk": {"terms": {"field": "conversation_id"}}}
        after: dict[str, Any] = {}
        while True:
            answer = self._client.options(request_timeout=LONG).search(
                index=self._alias,
                size=0,
                aggs={"talks": {"composite": {"size": PAGE, "sources": [source], **after}}},
            )
            talks = answer["aggregations"]["talks"]
            found |= {UUID(one["key"]["talk"]) for one in talks["buckets"]}
            if "after_key" not in talks:
                return found
            after = {"after": talks["after_key"]}

    def _delete(self, conversation_id: UUID, more: dict[str, Any]) -> None:
        self._client.indices.refresh(index=self._alias)
        mine = [{"term": {"conversation_id": str(conversation_id)}}]
        answer = self._client.delete_by_query(
            index=self._alias,
            query={"bool": {"filter": mine, **more}},
            refresh=True,
            # Who wrote one of them in this moment looks at the database after it.
            conflicts="proceed",
        )
        # What another program says is no proof that anything was deleted.
        int(answer["deleted"])


class ToldIndex(WrittenIndex):
    """The same for those who do not know the server's failures."""

    def add(self, documents: Sequence[SearchDocument]) -> None:
        """As above."""
        with telling():
            super().add(documents)

    def replace(self, conversation_id: UUID, documents: Sequence[SearchDocument]) -> int:
        """As above."""
        with telling():
            return super().replace(conversation_id, documents)

    def remove(self, conversation_id: UUID) -> None:
        """As above."""
        with telling():
            super().remove(conversation_id)

    def conversations(self) -> set[UUID]:
        """As above."""
        with telling():
            return super().conversations()


def _reason(error: dict[str, Any]) -> str:
    """The server's own, without what it quotes of the document."""
    return f"{error['type']}, {str(error['reason']).partition(' Preview of')[0].rstrip('. ')}"


def _action(one: SearchDocument) -> dict[str, Any]:
    return {
        "_id": f"{one.conversation_id}:{one.number}",
        "conversation_id": str(one.conversation_id),
        "class_id": str(one.class_id) if one.class_id else None,
        "created_on": one.created_on,
        "number": one.number,
        "speaker": one.speaker,
        "language": one.language,
        "start": one.start,
        "end": one.end,
        "text": one.text,
        "word_times": [word.row for word in one.words],
    }
