from __future__ import annotations

from collections.abc import Iterator
from threading import Thread
from uuid import uuid4

import pytest
from elasticsearch import Elasticsearch
from pydantic import SecretStr

from config.settings import Settings
from pipeline.adapters import elasticsearch, elasticsearch_index
from pipeline.adapters.elasticsearch import ElasticsearchIndex
from pipeline.adapters.elasticsearch_alias import VERSION
from pipeline.adapters.elasticsearch_errors import telling
from pipeline.adapters.elasticsearch_index import WrittenIndex
from pipeline.errors import ColloquyError, PermanentError, UnavailableError
from pipeline.search import SearchFilters
from tests.answers import answering, bulk_server, silent
from tests.contract.test_search_index import Case, SearchIndexContract, document, timed
from tests.nodes import Node
from tests.servers import free_port
from workers.servers import ask_search


@pytest.fixture
def node(real: Settings) -> Node:
    return Node(real)


@pytest.fixture
def alias(node: Node) -> Iterator[str]:
    """An alias of its own for each test: the node is theirs together."""
    made = f"colloquy-test-{uuid4().hex[:8]}"
    yield made
    node.forget(made)


@pytest.fixture
def case(node: Node, alias: str) -> Case:
    return Case(node.index(alias), uuid4)


@pytest.mark.servers
class TestElasticsearchIndex(SearchIndexContract):
    def test_searching_before_anything_was_indexed_finds_nothing(self, case: Case) -> None:
        assert case.index.search("hello", SearchFilters()) == []

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
        assert node.indices(alias) == {f"{alias}-{VERSION}"}
        assert node.behind(alias) == {f"{alias}-{VERSION}"}

    def test_an_index_that_never_got_its_alias_is_taken_over(
        self, case: Case, node: Node, alias: str
    ) -> None:
        text = {"text": {"type": "text", "analyzer": "english"}}
        old = {"conversation_id": {"type": "keyword"}, "number": {"type": "integer"}}
        node.ask("PUT", f"{alias}-1", {"mappings": {"properties": old | text}})
        talk = uuid4()
        case.index.replace(talk, [document(talk, "An apple.", words=timed("An apple."))])
        (hit,) = case.index.search("apple", SearchFilters())
        assert [one.start_ms for one in hit.words] == [1000]
        assert node.behind(alias) == node.indices(alias) == {f"{alias}-1"}
        told = node.settings.search.model_copy(update={"alias": alias})
        given = node.settings.model_copy(update={"search": told})
        assert "older release: run `colloquy reindex`" in ask_search(given).told
        with case.index.rebuilding():
            pass
        assert ask_search(given).told.startswith("Elasticsearch 8.")
        assert "older" not in ask_search(given).told

    def test_an_index_in_the_alias_place_gives_way_to_one(
        self, case: Case, node: Node, alias: str
    ) -> None:
        node.ask("PUT", f"{alias}/_doc/1?refresh=true", {"text": "An apple."})
        talk = uuid4()
        with pytest.raises(UnavailableError) as told:
            case.index.replace(talk, [])
        assert "colloquy reindex" in told.value.advice
        with case.index.rebuilding() as made:
            made.add([document(talk, "An apple.", 3)])
        assert self.found(case, "apple") == {3}
        assert node.behind(alias) == node.indices(alias)
        assert case.index.replace(talk, [document(talk, "A pear.")]) == 1

    def test_an_index_that_was_deleted_is_made_anew_and_not_guessed(
        self, case: Case, node: Node, alias: str
    ) -> None:
        talk = uuid4()
        for _ in range(2):
            case.index.replace(talk, [document(talk, "Hello.")])
            assert len(case.index.search("hello", SearchFilters())) == 1
            assert node.behind(alias) == node.indices(alias) == {f"{alias}-{VERSION}"}
            node.forget(alias)
        assert case.index.search("hello", SearchFilters()) == []

    def test_what_others_write_and_remove_meanwhile_is_in_the_new_index_too(
        self, case: Case, node: Node, alias: str
    ) -> None:
        gone, late = uuid4(), uuid4()
        case.index.replace(gone, [document(gone, "An apple.")])
        other = node.index(alias)
        with case.index.rebuilding() as made:
            made.add([document(gone, "An apple.")])
            other.replace(late, [document(late, "An apple.", 1)])
            assert self.found(case, "apple") == {0, 1}
            other.remove(gone)
            assert self.found(case, "apple") == {1}
        assert self.found(case, "apple") == {1}
        other.replace(gone, [document(gone, "An apple.", 2)])
        assert self.found(case, "apple") == {1, 2}
        assert node.behind(alias) == node.indices(alias)

    def test_one_that_was_broken_off_leaves_nothing(
        self, case: Case, node: Node, alias: str
    ) -> None:
        talk = uuid4()
        case.index.replace(talk, [document(talk, "An apple.")])
        before = node.indices(alias)
        wrong = document(talk, "A pear.", created_on="no date")
        with pytest.raises(PermanentError), case.index.rebuilding() as made:
            made.add([wrong])
        with pytest.raises(KeyError), case.index.rebuilding():
            raise KeyError
        assert node.indices(alias) == before
        # One that was killed tidies nothing up.
        killed = node.index(alias).rebuilding()
        killed.__enter__().add([document(talk, "A pear.")])
        assert len(node.indices(alias)) == 2
        assert self.found(case, "apple") == {0}
        assert self.found(case, "pear") == set()
        with case.index.rebuilding() as made:
            made.add([document(talk, "A plum.")])
        assert self.found(case, "plum") == {0}
        assert node.behind(alias) == node.indices(alias)
        assert len(node.indices(alias)) == 1
        with pytest.raises(UnavailableError):
            killed.__exit__(None, None, None)
        assert self.found(case, "plum") == {0}

    def test_a_document_that_the_server_refuses_is_never_tried_again(self, case: Case) -> None:
        talk = uuid4()
        with pytest.raises(PermanentError) as told:
            case.index.replace(talk, [document(talk, "Hello.", created_on="no date")])
        assert told.value.code == "search-rejected"
        assert "document_parsing_exception, " in told.value.sentence
        assert "no date" not in told.value.sentence

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


def test_only_the_documents_that_there_was_no_room_for_are_sent_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(elasticsearch_index, "FIRST", 0)
    talk, asked = uuid4(), []

    def status(number: int) -> int:
        asked.append(number)
        return {1: 429, 2: 503}.get(number, 201) if asked.count(number) < 3 else 201

    with bulk_server(status) as url, Elasticsearch(url) as client:
        WrittenIndex(client, "segments").add([document(talk, "Hello.", n) for n in range(4)])
    assert asked == [0, 1, 2, 3, 1, 2, 1, 2]


@pytest.mark.parametrize(
    ("status", "times", "code", "reason"),
    [
        (429, 5, "search-busy", "no room"),
        (400, 1, "search-rejected", "some_exception, it is so"),
        (403, 1, "search-refused", "refuses access"),
        (500, 1, "search-server", "does not answer"),
    ],
)
def test_what_a_document_is_refused_for_decides(
    monkeypatch: pytest.MonkeyPatch, status: int, times: int, code: str, reason: str
) -> None:
    monkeypatch.setattr(elasticsearch_index, "FIRST", 0)
    talk, asked = uuid4(), []

    def answer(number: int) -> int:
        asked.append(number)
        return status if number == 1 else 201

    with bulk_server(answer) as url, Elasticsearch(url) as client:
        index = WrittenIndex(client, "segments")
        with pytest.raises(ColloquyError, match=reason) as told, telling():
            index.add([document(talk, "Hello.", n) for n in range(3)])
    assert told.value.code == code
    assert asked.count(1) == times
    assert "Hello" not in told.value.sentence


def _ask(index: ElasticsearchIndex, ask: str) -> None:
    talk = uuid4()
    if ask == "replace":
        index.replace(talk, [document(talk, "Hello.")])
    elif ask == "search":
        index.search("hello", SearchFilters())
    else:
        index.remove(talk)
