"""Full text over segments by Elasticsearch 8."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property
from importlib.metadata import version
from pathlib import Path
from ssl import TLSVersion
from typing import Any
from uuid import UUID

from pipeline.adapters.elasticsearch_alias import Alias
from pipeline.adapters.elasticsearch_errors import SERVICE, RefusedError, status_of, telling
from pipeline.adapters.elasticsearch_index import ToldIndex, WrittenIndex
from pipeline.errors import UnavailableError
from pipeline.search import (
    BEGIN,
    END,
    SearchDocument,
    SearchFilters,
    SearchHit,
    WordTime,
    found_words,
    highlighted,
    plain,
)

PATIENCE = 10
"""Seconds for an answer, three times; the index of a conversation is written in one."""
ABSENT = 404
CHANGES = 5
"""Times that the indices may change while a conversation is written: a rebuild changes them twice, at its two ends."""


class ElasticsearchIndex:
    """An alias over one index, and over a second one while that is filled to take its place."""

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
        self._url, self._name = url, alias
        self._access: dict[str, Any] = {"api_key": api_key} if api_key else {"basic_auth": login}
        if url.startswith("https:"):
            # Not `ssl_context`: the client would set its oldest version back to 1.2.
            self._access |= {"ca_certs": str(ca) if ca else None, "ssl_version": least}

    engine = f"elasticsearch {version('elasticsearch')}"

    @cached_property
    def _client(self) -> Any:  # noqa: ANN401 - its typed calls take many forms
        from elasticsearch import Elasticsearch

        return Elasticsearch(
            self._url,
            request_timeout=PATIENCE,
            max_retries=2,
            retry_on_timeout=True,
            **{name: one for name, one in self._access.items() if one is not None},
        )

    @cached_property
    def _alias(self) -> Alias:
        """It stands, whatever was there before."""
        made = Alias(self._client, self._name)
        made.stand()
        made.fit()
        return made

    def replace(self, conversation_id: UUID, documents: Sequence[SearchDocument]) -> int:
        """Write each segment under its own id, then drop what an earlier transcript had beyond them."""
        with telling():
            self._everywhere(lambda index: index.replace(conversation_id, documents))
        return len(documents)

    def remove(self, conversation_id: UUID) -> None:
        """Delete by query, seen at once."""
        with telling():
            self._everywhere(lambda index: index.remove(conversation_id))

    @contextmanager
    def rebuilding(self) -> Iterator[ToldIndex]:
        """Behind another alias until it is full; the first one moves to it in the step that deletes the old index."""
        alias = Alias(self._client, self._name)
        with alias.following():
            yield ToldIndex(self._client, alias.next)

    def search(self, query: str, filters: SearchFilters) -> list[SearchHit]:
        """A match query: it has no syntax."""
        from elasticsearch import NotFoundError

        words = plain(query)
        with telling():
            try:
                found = self._found(words, filters)
            except NotFoundError:
                # The index was not there yet, or another one took its place in this moment.
                self._alias.stand()
                found = self._found(words, filters)
            return [_hit(one) for one in found]

    def server_version(self) -> str:
        """As the server tells it; errors are those of `search`."""
        with telling():
            return str(self._client.info()["version"]["number"])

    def outdated(self) -> bool:
        """Whether a rebuild would bring the index up to this release; errors are those of `search`."""
        with telling():
            return Alias(self._client, self._name).outdated()

    def _everywhere(self, write: Callable[[WrittenIndex], object]) -> None:
        """To what is searched and to what is about to be; again where that changed meanwhile."""
        from elasticsearch import NotFoundError

        alias = self._alias
        for _ in range(CHANGES):
            before = alias.behind()
            names = frozenset[str]().union(*before.values())
            try:
                for name in (alias.name, *({alias.next} & names)):
                    write(WrittenIndex(self._client, name))
            except (NotFoundError, RefusedError) as error:
                if status_of(error) != ABSENT:
                    raise
                alias.stand()
            else:
                if alias.behind() == before:
                    return
        raise UnavailableError(
            "The search server's indices change all the time.",
            code="search-changing",
            service=SERVICE,
            advice=f"See who makes and deletes those of {alias.name}.",
        )

    def _found(self, words: str, filters: SearchFilters) -> Any:  # noqa: ANN401 - JSON
        wanted: list[dict[str, Any]] = []
        if filters.class_id is not None:
            wanted.append({"term": {"class_id": str(filters.class_id)}})
        if filters.speaker is not None:
            wanted.append({"term": {"speaker": filters.speaker}})
        if filters.since is not None:
            wanted.append({"range": {"created_on": {"gte": filters.since}}})
        answer = self._client.search(
            index=self._name,
            size=filters.limit,
            query={
                "bool": {
                    "must": [{"match": {"text": {"query": words, "operator": "and"}}}],
                    "filter": wanted,
                }
            },
            highlight={
                "pre_tags": [BEGIN],
                "post_tags": [END],
                "fields": {"text": {"number_of_fragments": 0}},
            },
            sort=["_score", "conversation_id", "number"],
            track_total_hits=False,
            # Half of what there is would look like all of it.
            allow_partial_search_results=False,
        )
        return answer["hits"]["hits"]


def _hit(raw: dict[str, Any]) -> SearchHit:
    source = raw["_source"]
    text = source["text"]
    marked = raw.get("highlight", {}).get("text", [text])[0]
    words = [WordTime.of(one) for one in source.get("word_times") or ()]
    return SearchHit(
        conversation_id=UUID(source["conversation_id"]),
        number=source["number"],
        speaker=source["speaker"],
        text=text,
        highlight=highlighted(marked),
        start=source["start"],
        end=source["end"],
        score=raw.get("_score") or 0.0,
        words=found_words(text, words, marked),
    )
