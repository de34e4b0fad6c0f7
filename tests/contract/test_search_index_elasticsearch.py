from __future__ import annotations

import json
import urllib.request
from collections.abc import Iterator
from threading import Thread
from uuid import uuid4

import pytest

from pipeline.adapters import elasticsearch
from pipeline.adapters.elasticsearch import ElasticsearchIndex
from pipeline.errors import ColloquyError, PermanentError, UnavailableError
from pipeline.search import SearchFilters
from tests.answers import answering, silent
from tests.contract.test_search_index import Case, SearchIndexContract, document
from tests.servers import free_port
from tests.servers_elasticsearch import elasticsearch_server


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with elasticsearch_server(tmp_path_factory.mktemp("elasticsearch")) as running:
        yield running


@pytest.fixture
def alias() -> str:
    """An alias of its own for each test: the node is theirs together."""
    return f"segments-{uuid4().hex[:8]}"


@pytest.fixture
def case(url: str, alias: str) -> Case:
    return Case(ElasticsearchIndex(url, alias), uuid4)


@pytest.mark.servers
class TestElasticsearchIndex(SearchIndexContract):
    def test_searching_before_anything_was_indexed_finds_nothing(self, case: Case) -> None:
        assert case.index.search("hello", SearchFilters()) == []

    def test_the_alias_stands_over_one_numbered_index(
        self, case: Case, url: str, alias: str
    ) -> None:
        for _ in range(2):
            case.index.remove(uuid4())
        assert list(_get(f"{url}/_alias/{alias}")) == [f"{alias}-1"]

    def test_two_processes_may_begin_at_once(self, url: str, alias: str) -> None:
        talk = uuid4()
        done: list[int] = []

        def index() -> None:
            done.append(ElasticsearchIndex(url, alias).replace(talk, [document(talk, "Hello.")]))

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


def _get(url: str) -> dict[str, object]:
    with urllib.request.urlopen(url, timeout=10) as answer:  # noqa: S310 - the test's own server
        found: dict[str, object] = json.load(answer)
    return found


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
