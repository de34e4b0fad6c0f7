"""Full text over segments by Elasticsearch 8."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from importlib.metadata import version
from pathlib import Path
from ssl import TLSVersion
from typing import Any
from uuid import UUID

from pipeline.errors import ColloquyError, PermanentError, UnavailableError
from pipeline.search import SearchDocument, SearchFilters, SearchHit

MAPPING = {
    "properties": {
        "conversation_id": {"type": "keyword"},
        "class_id": {"type": "keyword"},
        "created_on": {"type": "date"},
        "number": {"type": "integer"},
        "speaker": {"type": "keyword"},
        "language": {"type": "keyword"},
        "start": {"type": "float"},
        "end": {"type": "float"},
        "text": {"type": "text", "analyzer": "english"},
    }
}

NOT_SERVED = (KeyError, TypeError, AttributeError)
"""How an answer shows that is JSON, but not Elasticsearch's."""
PATIENCE = 10
"""Seconds for an answer, three times; the index of a conversation is written in one."""
SERVICE = "search server"
REJECTED = {400, 405, 413}
"""Status of answers that the same request gets again."""


class ElasticsearchIndex:
    """An alias over one versioned index."""

    def __init__(
        self,
        url: str,
        alias: str,
        *,
        login: tuple[str, str] | None = None,
        api_key: str | None = None,
        ca: Path | None = None,
        least: TLSVersion = TLSVersion.TLSv1_3,
    ) -> None:
        """`login` is user and password, an API key goes before it; `ca` and `least` are for `https` addresses."""
        self._url, self._alias = url, alias
        self._access: dict[str, Any] = {"api_key": api_key} if api_key else {"basic_auth": login}
        if url.startswith("https:"):
            # Not `ssl_context`: the client would set its oldest version back to 1.2.
            self._access |= {"ca_certs": str(ca) if ca else None, "ssl_version": least}

    engine = f"elasticsearch {version('elasticsearch')}"

    @cached_property
    def _client(self) -> Any:  # noqa: ANN401 - its typed calls take many forms
        from elasticsearch import BadRequestError, Elasticsearch

        client = Elasticsearch(
            self._url,
            request_timeout=PATIENCE,
            max_retries=2,
            retry_on_timeout=True,
            **{name: one for name, one in self._access.items() if one is not None},
        )
        if not client.indices.exists_alias(name=self._alias):
            name = f"{self._alias}-1"
            try:
                client.indices.create(index=name, mappings=MAPPING)
            except BadRequestError as error:
                # Another worker was faster.
                if error.error != "resource_already_exists_exception":
                    raise
            client.indices.put_alias(index=name, name=self._alias)
        return client

    def replace(self, conversation_id: UUID, documents: Sequence[SearchDocument]) -> int:
        """Write each segment under its own id, then drop what an earlier transcript had beyond them."""
        from elasticsearch import ApiError, TransportError, helpers

        try:
            helpers.bulk(self._client, [self._action(one) for one in documents], refresh=True)
            numbers = [one.number for one in documents]
            self._delete(conversation_id, {"must_not": [{"terms": {"number": numbers}}]})
        except (ApiError, TransportError, helpers.BulkIndexError, *NOT_SERVED) as error:
            raise _told(error) from error
        return len(documents)

    def search(self, query: str, filters: SearchFilters) -> list[SearchHit]:
        """A match query: it has no syntax, so every character is text."""
        from elasticsearch import ApiError, TransportError

        wanted: list[dict[str, Any]] = []
        if filters.class_id is not None:
            wanted.append({"term": {"class_id": str(filters.class_id)}})
        if filters.speaker is not None:
            wanted.append({"term": {"speaker": filters.speaker}})
        if filters.since is not None:
            wanted.append({"range": {"created_on": {"gte": filters.since}}})
        try:
            answer = self._client.search(
                index=self._alias,
                size=filters.limit,
                query={
                    "bool": {
                        "must": [{"match": {"text": {"query": query, "operator": "and"}}}],
                        "filter": wanted,
                    }
                },
                highlight={
                    "pre_tags": ["«"],
                    "post_tags": ["»"],
                    "fields": {"text": {"number_of_fragments": 0}},
                },
                sort=["_score", "conversation_id", "number"],
            )
            return [_hit(one) for one in answer["hits"]["hits"]]
        except (ApiError, TransportError, *NOT_SERVED) as error:
            raise _told(error) from error

    def remove(self, conversation_id: UUID) -> None:
        """Delete by query, seen at once."""
        from elasticsearch import ApiError, TransportError

        try:
            self._delete(conversation_id, {})
        except (ApiError, TransportError, *NOT_SERVED) as error:
            raise _told(error) from error

    def server_version(self) -> str:
        """As the server tells it; errors are those of `search`."""
        from elasticsearch import ApiError, TransportError

        try:
            return str(self._client.info()["version"]["number"])
        except (ApiError, TransportError, *NOT_SERVED) as error:
            raise _told(error) from error

    def _delete(self, conversation_id: UUID, more: dict[str, Any]) -> None:
        self._client.indices.refresh(index=self._alias)
        answer = self._client.delete_by_query(
            index=self._alias,
            query={
                "bool": {"filter": [{"term": {"conversation_id": str(conversation_id)}}], **more}
            },
            refresh=True,
            conflicts="proceed",
        )
        # What another program says is no proof that anything was deleted.
        int(answer["deleted"])

    def _action(self, one: SearchDocument) -> dict[str, Any]:
        return {
            "_index": self._alias,
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
        }


def _hit(raw: dict[str, Any]) -> SearchHit:
    source = raw["_source"]
    return SearchHit(
        conversation_id=UUID(source["conversation_id"]),
        number=source["number"],
        speaker=source["speaker"],
        text=source["text"],
        highlight=raw.get("highlight", {}).get("text", [source["text"]])[0],
        start=source["start"],
        end=source["end"],
        score=raw.get("_score") or 0.0,
    )


def _status(error: Exception) -> int:
    """Of the answer, or of the first document that a bulk request failed for; 0 when there was none."""
    for document in getattr(error, "errors", ()):
        if isinstance(document, dict):
            return int(next(iter(document.values())).get("status", 0))
    return int(getattr(getattr(error, "meta", None), "status", 0))


def _told(error: Exception) -> ColloquyError:
    from elastic_transport import TlsError

    status = _status(error)
    if status in {401, 403}:
        # Operators mend it, and the runs are none the worse for it.
        return UnavailableError(
            "The search server refuses access.",
            code="search-refused",
            service=SERVICE,
            advice="Check search.username and search.password, or search.api_key.",
        )
    if status in REJECTED:
        return PermanentError(
            "The search server rejects what it is asked.",
            code="search-rejected",
            advice="See that it is Elasticsearch 8 and that search.alias is no other program's.",
        )
    # A connection that was cut off is told as an end of its file.
    if isinstance(error, TlsError) and "EOF" not in str(error):
        return UnavailableError(
            "The search server's certificate or its version of TLS is refused.",
            code="search-tls",
            service=SERVICE,
            advice="Check search.ca and search.url; `colloquy doctor` tells what is wrong.",
        )
    return UnavailableError(
        "The search server does not answer.",
        code="search-server",
        service=SERVICE,
        advice="See that it runs at search.url.",
    )
