from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from threading import Thread
from uuid import uuid4

import pytest
import requests
from pydantic import SecretStr

from config.settings import Settings
from pipeline.adapters import elasticsearch
from pipeline.adapters.elasticsearch import ElasticsearchIndex
from pipeline.errors import ColloquyError, PermanentError, UnavailableError
from pipeline.search import SearchFilters
from tests.answers import answering, silent
from tests.contract.test_search_index import Case, SearchIndexContract, document
from tests.servers import free_port
from workers import toolbox


@dataclass(frozen=True)
class Node:
    """The real server, without our client between."""

    settings: Settings

    def ask(self, method: str, path: str, body: dict[str, str] | None = None) -> dict[str, object]:
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
        told = self.settings.search.model_copy(update={"alias": alias, **changes})
        return toolbox.elasticsearch(self.settings.model_copy(update={"search": told}))


@pytest.fixture
def node(real: Settings) -> Node:
    return Node(real)


@pytest.fixture
def alias(node: Node) -> Iterator[str]:
    """An alias of its own for each test: the node is theirs together."""
    made = f"colloquy-test-{uuid4().hex[:8]}"
    yield made
    node.ask("DELETE", f"{made}-1?ignore_unavailable=true")


@pytest.fixture
def case(node: Node, alias: str) -> Case:
    return Case(node.index(alias), uuid4)


@pytest.mark.servers
class TestElasticsearchIndex(SearchIndexContract):
    def test_searching_before_anything_was_indexed_finds_nothing(self, case: Case) -> None:
        assert case.index.search("hello", SearchFilters()) == []

    def test_the_alias_stands_over_one_numbered_index(
        self, case: Case, node: Node, alias: str
    ) -> None:
        for _ in range(2):
            case.index.remove(uuid4())
        assert list(node.ask("GET", f"_alias/{alias}")) == [f"{alias}-1"]

    def test_two_processes_may_begin_at_once(self, node: Node, alias: str) -> None:
        talk = uuid4()
        done: list[int] = []

        def index() -> None:
            done.append(node.index(alias).replace(talk, [document(talk, "Hello.")]))

        threads = [Thread(target=index) for _ in range(4)]
        for one in threads:
            one.start()
        for one in threads:
            one.join()
        assert done == [1] * 4

    def test_a_document_that_the_server_refuses_is_never_tried_again(self, case: Case) -> None:
        talk = uuid4()
        with pytest.raises(PermanentError) as told:
            case.index.replace(talk, [document(talk, "Hello.", created_on="no date")])
        assert told.value.code == "search-rejected"

    def test_an_api_key_does_in_the_place_of_the_password(
        self, case: Case, node: Node, alias: str
    ) -> None:
        talk = case.conversation()
        case.index.replace(talk, [document(talk, "Hello.")])
        key = node.ask("POST", "_security/api_key", {"name": alias, "expiration": "1h"})
        index = node.index(alias, password=None, api_key=SecretStr(str(key["encoded"])))
        assert len(index.search("hello", SearchFilters())) == 1

    @pytest.mark.parametrize(
        "changes",
        [
            {"password": SecretStr("wrong")},
            {"password": None},
            {"username": "nobody"},
            {"password": None, "api_key": SecretStr("d3Jvbmc6d3Jvbmc=")},
        ],
    )
    def test_wrong_credentials_are_waited_for(
        self, node: Node, alias: str, changes: dict[str, object]
    ) -> None:
        with pytest.raises(UnavailableError) as told:
            node.index(alias, **changes).search("hello", SearchFilters())
        assert told.value.code == "search-refused"
        assert "search.password" in told.value.advice

    def test_other_programs_indices_are_out_of_reach(self, node: Node) -> None:
        with pytest.raises(UnavailableError) as told:
            node.index("other").search("hello", SearchFilters())
        assert told.value.code == "search-refused"

    def test_the_server_tells_its_version(self, node: Node, alias: str) -> None:
        assert node.index(alias).server_version().startswith("8.")


def test_a_server_that_is_away_is_waited_for() -> None:
    index = ElasticsearchIndex(f"http://127.0.0.1:{free_port()}", "segments")
    with pytest.raises(UnavailableError, match="does not answer"):
        index.search("hello", SearchFilters())


@pytest.mark.parametrize(
    ("status", "kind", "code"),
    [
        (401, UnavailableError, "search-refused"),
        (403, UnavailableError, "search-refused"),
        (429, UnavailableError, "search-server"),
        (500, UnavailableError, "search-server"),
        (503, UnavailableError, "search-server"),
        (400, PermanentError, "search-rejected"),
    ],
)
def test_what_the_server_answers_decides(status: int, kind: type[ColloquyError], code: str) -> None:
    with answering(status, "{}") as url, pytest.raises(kind) as told:
        ElasticsearchIndex(url, "segments").search("hello", SearchFilters())
    assert told.value.code == code


@pytest.mark.parametrize("ask", ["replace", "search", "remove"])
def test_a_server_that_takes_the_question_and_never_answers_is_away(
    monkeypatch: pytest.MonkeyPatch, ask: str
) -> None:
    monkeypatch.setattr(elasticsearch, "PATIENCE", 0.2)
    with silent() as port, pytest.raises(UnavailableError) as told:
        _ask(ElasticsearchIndex(f"http://127.0.0.1:{port}", "segments"), ask)
    assert (told.value.code, told.value.service) == ("search-server", "search server")


@pytest.mark.parametrize("ask", ["replace", "search", "remove"])
@pytest.mark.parametrize("body", ["<html>starting</html>", "{", "[1]", ""])
def test_a_server_that_answers_as_another_program_is_away(body: str, ask: str) -> None:
    with answering(200, body) as url, pytest.raises(UnavailableError):
        _ask(ElasticsearchIndex(url, "segments"), ask)


def _ask(index: ElasticsearchIndex, ask: str) -> None:
    talk = uuid4()
    if ask == "replace":
        index.replace(talk, [document(talk, "Hello.")])
    elif ask == "search":
        index.search("hello", SearchFilters())
    else:
        index.remove(talk)
