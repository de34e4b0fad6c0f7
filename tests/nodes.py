"""Elasticsearch's node, as the tests meet it without our client between."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import requests

from config.settings import Settings
from pipeline.adapters.elasticsearch import ElasticsearchIndex
from workers import toolbox


@dataclass(frozen=True)
class Node:
    """The real server."""

    settings: Settings

    def ask(
        self, method: str, path: str, body: Mapping[str, Any] | None = None
    ) -> dict[str, object]:
        search = self.settings.search
        assert search.username
        assert search.password
        answer = requests.request(
            method,
            f"{search.url}/{path}",
            json=body,
            auth=(search.username, search.password.get_secret_value()),
            verify=str(search.ca),
            timeout=30,
        )
        answer.raise_for_status()
        found: dict[str, object] = answer.json()
        return found

    def index(self, alias: str, **changes: object) -> ElasticsearchIndex:
        """Ours; what it knows of the server is new."""
        told = self.settings.search.model_copy(update={"alias": alias, **changes})
        return toolbox.elasticsearch(self.settings.model_copy(update={"search": told}))

    def indices(self, alias: str) -> set[str]:
        """Whose names begin so."""
        return set(self.ask("GET", f"{alias}*"))

    def behind(self, alias: str) -> set[str]:
        return set(self.ask("GET", f"_alias/{alias}"))

    def forget(self, alias: str) -> None:
        """Delete all indices whose names begin so."""
        for one in self.indices(alias):
            self.ask("DELETE", one)
