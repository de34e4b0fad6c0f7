from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from uuid import UUID, uuid4

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from models.database import Sessions
from models.search import PostgresSearch
from pipeline.ports import SearchIndex
from pipeline.search import FoundWord, SearchDocument, SearchFilters, WordTime
from tests.fakes.stores import MemorySearch
from tests.integration import rows

ANY = SearchFilters()
HOSTILE = [
    "",
    "   ",
    "the",
    "\0",
    "home\0",
    "\udc80",
    "'; DROP TABLE users; --",
    '"unclosed',
    "a & | ! ((( <-> :*",
    "-",
    "OR OR",
    "\\",
    "%_",
    "name:value [1 TO 2] AND /re/ ~2 ^3",
    "😀",
    "word" * 1000,
    "many words " * 300,
]
SYNTAX = st.text("\"'“”\u2018\u2019()[]{}<>*?~^\\/|&!+-=:;.,@#%$`\0\n\t _", max_size=12)
"""What stands between words, and what some engine or other reads as more."""
QUERY = st.one_of(
    st.text(max_size=80),
    st.text(max_size=6).map(lambda one: one * 2000),
    st.lists(
        st.one_of(
            SYNTAX, st.sampled_from(["AND", "OR", "NOT", "TO", "home", "null", "😀", "text:"])
        ),
        max_size=12,
    ).map(" ".join),
)


@dataclass(frozen=True)
class Case:
    """An index, and how to make a conversation that its documents may belong to."""

    index: SearchIndex
    conversation: Callable[[], UUID]


@pytest.fixture(params=["memory", pytest.param("postgres", marks=pytest.mark.database)])
def case(request: pytest.FixtureRequest) -> Iterator[Case]:
    if request.param == "memory":
        yield Case(MemorySearch(), uuid4)
        return
    database: Sessions = request.getfixturevalue("database")

    def conversation() -> UUID:
        with database.begin() as session:
            return rows.conversation(session, rows.user(session)).id

    yield Case(PostgresSearch(database), conversation)


def document(
    conversation_id: UUID,
    text: str,
    number: int = 0,
    *,
    speaker: str = "learner",
    class_id: UUID | None = None,
    created_on: str | None = None,
    words: tuple[WordTime, ...] = (),
) -> SearchDocument:
    return SearchDocument(
        conversation_id=conversation_id,
        number=number,
        speaker=speaker,
        text=text,
        start=number + 0.125,
        end=number + 0.875,
        language="en",
        class_id=class_id,
        created_on=created_on,
        words=words,
    )


def timed(text: str) -> tuple[WordTime, ...]:
    """A word a second."""
    return tuple(
        WordTime(start=one.start(), end=one.end(), start_ms=1000 * at, end_ms=1000 * at + 600)
        for at, one in enumerate(re.finditer(r"\S+", text))
    )


class SearchIndexContract:
    """What every search index does; a subclass or module gives the fixture `case`."""

    def found(self, case: Case, query: str, filters: SearchFilters = ANY) -> set[int]:
        return {one.number for one in case.index.search(query, filters)}

    def test_it_names_itself(self, case: Case) -> None:
        assert case.index.engine

    def test_a_segment_is_found_as_it_was_given(self, case: Case) -> None:
        talk = case.conversation()
        assert case.index.replace(talk, [document(talk, "I saw two small dogs.", 3)]) == 1
        (hit,) = case.index.search("dogs", ANY)
        assert (hit.conversation_id, hit.number, hit.speaker) == (talk, 3, "learner")
        assert (hit.text, hit.start, hit.end) == ("I saw two small dogs.", 3.125, 3.875)
        assert hit.highlight == "I saw two small «dogs»."
        assert hit.score > 0

    def test_another_form_of_a_word_finds_it_in_any_case(self, case: Case) -> None:
        talk = case.conversation()
        case.index.replace(talk, [document(talk, "I saw two small dogs.")])
        assert self.found(case, "DOG") == {0}

    def test_every_word_must_be_there(self, case: Case) -> None:
        talk = case.conversation()
        texts = ["A red house.", "A red car.", "A house and a car."]
        case.index.replace(talk, [document(talk, text, n) for n, text in enumerate(texts)])
        assert self.found(case, "red house") == {0}
        assert self.found(case, "green") == set()

    def test_the_denser_hit_is_first(self, case: Case) -> None:
        talk = case.conversation()
        texts = ["A bridge over the wide river near our old town.", "Bridge, bridge, bridge!"]
        case.index.replace(talk, [document(talk, text, n) for n, text in enumerate(texts)])
        assert [one.number for one in case.index.search("bridge", ANY)] == [1, 0]

    def test_a_new_transcript_takes_the_old_ones_place(self, case: Case) -> None:
        talk, other = case.conversation(), case.conversation()
        case.index.replace(other, [document(other, "An apple.", 9)])
        case.index.replace(talk, [document(talk, "An apple.", n) for n in range(3)])
        for _ in range(2):
            assert case.index.replace(talk, [document(talk, "A pear and an apple.", 1)]) == 1
            assert self.found(case, "apple") == {1, 9}

    def test_a_conversation_without_segments_is_no_error(self, case: Case) -> None:
        talk = case.conversation()
        case.index.replace(talk, [document(talk, "An apple.")])
        assert case.index.replace(talk, []) == 0
        assert self.found(case, "apple") == set()

    def test_what_is_removed_is_not_found(self, case: Case) -> None:
        talk, other = case.conversation(), case.conversation()
        for one in (talk, other):
            case.index.replace(one, [document(one, "An apple.")])
        case.index.remove(talk)
        case.index.remove(talk)
        assert [one.conversation_id for one in case.index.search("apple", ANY)] == [other]

    def test_filters_narrow(self, case: Case) -> None:
        talk, group = case.conversation(), uuid4()
        case.index.replace(
            talk,
            [
                document(talk, "An apple.", 0, class_id=group, created_on="2026-03-01"),
                document(talk, "An apple.", 1, speaker="partner", created_on="2026-02-28"),
                document(talk, "An apple.", 2),
            ],
        )
        assert self.found(case, "apple", SearchFilters(class_id=group)) == {0}
        assert self.found(case, "apple", SearchFilters(class_id=uuid4())) == set()
        assert self.found(case, "apple", SearchFilters(speaker="partner")) == {1}
        assert self.found(case, "apple", SearchFilters(since="2026-03-01")) == {0}
        assert self.found(case, "apple", SearchFilters(since="2026-02-01")) == {0, 1}
        assert len(case.index.search("apple", SearchFilters(limit=2))) == 2

    @pytest.mark.parametrize("query", HOSTILE, ids=range(len(HOSTILE)))
    def test_no_query_fails(self, case: Case, query: str) -> None:
        talk = case.conversation()
        case.index.replace(talk, [document(talk, "I went home.")])
        case.index.search(query, ANY)
        assert self.found(case, "home") == {0}

    def test_no_query_breaks_the_search_or_leaves_its_class(self, case: Case) -> None:
        mine, group, other = case.conversation(), uuid4(), case.conversation()
        case.index.replace(mine, [document(mine, "I went home and not to a null.", class_id=group)])
        case.index.replace(other, [document(other, "I went home.", class_id=uuid4())])

        @settings(max_examples=200, deadline=None)
        @given(QUERY)
        @example(" ".join(f"{one:x}" for one in range(10_000))[:10_000])
        @example("a" * 10_000)
        def asked(query: str) -> None:
            hits = case.index.search(query, SearchFilters(class_id=group))
            assert {one.conversation_id for one in hits} <= {mine}

        asked()

    def test_what_stands_around_a_word_is_passed_over(self, case: Case) -> None:
        talk = case.conversation()
        case.index.replace(talk, [document(talk, "I went home.")])

        @settings(max_examples=200, deadline=None)
        @given(SYNTAX, SYNTAX)
        def asked(before: str, after: str) -> None:
            assert self.found(case, f"{before}home{after}") == {0}

        asked()

    def test_an_apostrophe_is_one_however_it_was_typed(self, case: Case) -> None:
        talk = case.conversation()
        case.index.replace(
            talk, [document(talk, "She didn't come."), document(talk, "He couldn\u2019t.", 1)]
        )
        assert self.found(case, "didn\u2019t") == {0}
        assert self.found(case, "couldn't") == {1}

    def test_a_hit_tells_when_the_found_words_were_said(self, case: Case) -> None:
        talk, text = case.conversation(), "«Dogs» are two small dogs."
        case.index.replace(talk, [document(talk, text, words=timed(text))])
        (hit,) = case.index.search("dog small", ANY)
        assert hit.words == (
            FoundWord(text="«Dogs»", start_ms=0, end_ms=600),
            FoundWord(text="small", start_ms=3000, end_ms=3600),
            FoundWord(text="dogs.", start_ms=4000, end_ms=4600),
        )

    def test_where_no_times_are_known_none_are_told(self, case: Case) -> None:
        talk = case.conversation()
        case.index.replace(talk, [document(talk, "Two small dogs.")])
        (hit,) = case.index.search("dogs", ANY)
        assert hit.words == ()

    def test_what_is_filled_is_searched_at_its_end(self, case: Case) -> None:
        kept, gone, late = (case.conversation() for _ in range(3))
        for one in (kept, gone):
            case.index.replace(one, [document(one, "An apple.")])
        with case.index.rebuilding() as made:
            made.add([document(kept, "An apple.", n) for n in range(2)])
            made.add([document(gone, "An apple.")])
            assert {kept, gone} <= made.conversations()
            assert made.replace(kept, [document(kept, "An apple.", 7)]) == 1
            made.remove(gone)
            made.replace(late, [document(late, "An apple.", 8)])
        assert self.found(case, "apple") == {7, 8}


class TestSearchIndex(SearchIndexContract):
    """On the fake and on PostgreSQL."""
