"""Which indices stand behind the alias, and how a new one takes the place of an old one."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from typing import Any

from pipeline.adapters.elasticsearch_errors import SERVICE, telling
from pipeline.errors import UnavailableError

ENGLISH = "spoken_english"
SETTINGS: dict[str, Any] = {
    "number_of_shards": 1,
    # A single node is complete without a replica; with more of them one can be lost.
    "auto_expand_replicas": "0-1",
    "analysis": {
        "char_filter": {"apostrophes": {"type": "mapping", "mappings": ["\u2019 => '"]}},
        "filter": {
            "possessives": {"type": "stemmer", "language": "possessive_english"},
            "stems": {"type": "stemmer", "language": "english"},
        },
        "analyzer": {
            # As the built-in `english`, which has no room for the apostrophes.
            ENGLISH: {
                "type": "custom",
                "tokenizer": "standard",
                "char_filter": ["apostrophes"],
                "filter": ["possessives", "lowercase", "stop", "stems"],
            }
        },
    },
}
WORD_TIMES = {"type": "object", "enabled": False}
"""Kept with the document and read with a hit; nobody searches for them."""
MAPPING: dict[str, Any] = {
    # A field of a newer release is kept, and not searched.
    "dynamic": False,
    "properties": {
        "conversation_id": {"type": "keyword"},
        "class_id": {"type": "keyword"},
        "created_on": {"type": "date"},
        "number": {"type": "integer"},
        "speaker": {"type": "keyword"},
        "language": {"type": "keyword"},
        "start": {"type": "float"},
        "end": {"type": "float"},
        "text": {"type": "text", "analyzer": ENGLISH},
        "word_times": WORD_TIMES,
    },
}
VERSION = hashlib.sha256(json.dumps([SETTINGS, MAPPING], sort_keys=True).encode()).hexdigest()[:8]
"""In the names of indices that are made so."""
OLDER = "-1"
"""What the first release put behind the alias's name."""


class Alias:
    """The name that is searched and written through; `next` is that of an index that is being filled."""

    def __init__(self, client: Any, name: str) -> None:  # noqa: ANN401 - its typed calls take many forms
        """On this server."""
        self._client, self.name, self.next = client, name, f"{name}-next"

    def behind(self) -> dict[str, frozenset[str]]:
        """The indices of the two names, each with its own."""
        answer = self._client.options(ignore_status=404).indices.get_alias(
            name=[self.name, self.next]
        )
        return {
            index: frozenset(one["aliases"])
            for index, one in answer.items()
            if isinstance(one, dict) and "aliases" in one
        }

    def stand(self) -> None:
        """Make index and alias in one step, unless they are there; take over one that never got its alias."""
        from elasticsearch import ApiError

        indices = self._client.indices
        if indices.exists_alias(name=self.name):
            return
        older = f"{self.name}{OLDER}"
        try:
            if indices.exists(index=self.name):
                raise _no_alias(self.name)
            if indices.exists(index=older):
                indices.update_aliases(actions=[self._added(older)])
            else:
                # Who is a moment later is refused: an alias has one index to write to.
                self._make(f"{self.name}-{VERSION}", self.name, {"is_write_index": True})
        except ApiError:
            if not indices.exists_alias(name=self.name):
                raise

    def fit(self) -> None:
        """Tell indices of an older release what they would else guess of new fields."""
        from elasticsearch import BadRequestError

        for index in self.behind():
            if VERSION in index:
                continue
            # Where they guessed already, it is left so until the next rebuild.
            with suppress(BadRequestError):
                self._client.indices.put_mapping(index=index, properties={"word_times": WORD_TIMES})

    def outdated(self) -> bool:
        """Whether what is searched was made otherwise than it would be now."""
        return any(
            self.name in names and VERSION not in one for one, names in self.behind().items()
        )

    @contextmanager
    def following(self) -> Iterator[None]:
        """Under `next` an empty index, which stands behind the alias once the block ends well, and the old one is gone."""
        from elasticsearch import ApiError, TransportError

        index = f"{self.name}-{VERSION}-{datetime.now(UTC):%Y%m%d%H%M%S%f}"
        with telling():
            self._drop()
            self._make(index, self.next, {})
        try:
            yield
            with telling():
                self._take_place(index)
        except BaseException:
            # A server that is away cannot do it; the next rebuild does.
            with suppress(ApiError, TransportError):
                self._drop()
            raise

    def _drop(self) -> None:
        """The index that is not searched yet, whoever began it."""
        for index, names in self.behind().items():
            if names == {self.next}:
                self._client.indices.delete(index=index, ignore_unavailable=True)

    def _take_place(self, index: str) -> None:
        indices = self._client.indices
        indices.refresh(index=index)
        old = [one for one, names in self.behind().items() if self.name in names]
        if not old and indices.exists(index=self.name):
            old = [self.name]
        # One change of the cluster's state: nobody sees none of them, or both.
        indices.update_aliases(
            actions=[
                *({"remove_index": {"index": one}} for one in old),
                self._added(index),
                {"remove": {"index": index, "alias": self.next}},
            ]
        )

    def _added(self, index: str) -> dict[str, Any]:
        return {"add": {"index": index, "alias": self.name, "is_write_index": True}}

    def _make(self, index: str, alias: str, how: dict[str, Any]) -> None:
        self._client.indices.create(
            index=index, settings=SETTINGS, mappings=MAPPING, aliases={alias: how}
        )


def _no_alias(name: str) -> UnavailableError:
    return UnavailableError(
        f"What the search server has under {name} is an index and not an alias.",
        code="search-alias",
        service=SERVICE,
        advice="Run `colloquy reindex`: it puts an alias in its place.",
    )
