from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from threading import Event, Thread
from uuid import UUID, uuid4

import pytest
from sqlalchemy import update
from sqlalchemy.orm import Session

from models import reindex as module
from models import search
from models.database import Sessions
from models.documents import Documents, documents
from models.evaluation_store import SqlEvaluations
from models.reindex import Reindexed, reindex
from models.search import PostgresSearch
from models.tables import Conversation, ConversationSegment, SearchDocumentRow, StageResult
from pipeline.artifacts import freeze
from pipeline.errors import PermanentError
from pipeline.indexing import bring
from pipeline.ports import SearchIndex
from pipeline.search import FoundWord, SearchFilters
from tests.integration import rows
from tests.integration.commands import colloquy, failure
from tests.integration.evaluations import TALK, conversation, evaluation, forget, indexed, saved
from tests.nodes import Node
from tests.waiting import eventually

TALKS = 20
MANY = SearchFilters(limit=500)


@pytest.fixture(params=["postgres", pytest.param("elasticsearch", marks=pytest.mark.servers)])
def index(request: pytest.FixtureRequest, database: Sessions) -> Iterator[SearchIndex]:
    if request.param == "postgres":
        yield PostgresSearch(database)
        return
    node = Node(request.getfixturevalue("real"))
    alias = f"colloquy-test-{uuid4().hex[:8]}"
    yield node.index(alias)
    assert node.behind(alias) == node.indices(alias)
    node.forget(alias)


@dataclass(frozen=True)
class Archive:
    """Conversations in the database and in the index."""

    database: Sessions
    index: SearchIndex

    def talk(self, *texts: str) -> UUID:
        """A conversation with these segments, in the database alone."""
        talk = conversation(self.database)
        with self.database.begin() as session:
            session.add_all(
                ConversationSegment(
                    conversation_id=talk, segment_number=number, start_time=number,
                    end_time=number + 1, speaker="learner", text_content=one, confidence_score=90,
                )
                for number, one in enumerate(texts)
            )  # fmt: skip
        return talk

    def written(self, *texts: str) -> UUID:
        talk = self.talk(*texts)
        self.bring(talk)
        return talk

    def bring(self, talk: UUID) -> None:
        """As the stage does it."""
        bring(talk, self.index, SqlEvaluations(self.database))

    def says(self, talk: UUID, text: str) -> None:
        """Another thing from now on, in the database alone."""
        with self.database.begin() as session:
            session.execute(
                update(ConversationSegment)
                .where(ConversationSegment.conversation_id == talk)
                .values(text_content=text)
            )

    def erased(self, talk: UUID) -> None:
        forget(self.database, talk)
        self.index.remove(talk)

    def found(self, word: str = "apple") -> set[UUID]:
        return {one.conversation_id for one in self.index.search(word, MANY)}


@pytest.fixture
def archive(database: Sessions, index: SearchIndex, monkeypatch: pytest.MonkeyPatch) -> Archive:
    monkeypatch.setattr(module, "BATCH", 5)
    return Archive(database, index)


@pytest.mark.database
class TestReindex:
    def test_what_is_in_the_database_is_found_and_nothing_else(self, archive: Archive) -> None:
        kept = {archive.written("An apple.", "A pear.") for _ in range(3)}
        kept |= {archive.talk("An apple.")}
        gone = archive.written("An apple.")
        forget(archive.database, gone)
        told: list[tuple[int, int]] = []
        found = reindex(archive.database, archive.index, lambda *at: told.append(at))
        assert found == Reindexed(conversations=4, documents=7)
        assert archive.found() == kept
        assert told == [(0, 4), (4, 4)]

    def test_while_it_is_filled_nothing_is_missed_or_lost_and_nothing_comes_back(
        self, archive: Archive
    ) -> None:
        kept = {archive.written("An apple.") for _ in range(TALKS)}
        changed, *doomed = (archive.written("An apple.") for _ in range(7))
        new: set[UUID] = set()
        missed: list[set[UUID]] = []
        over, looks = Event(), 0

        def look() -> None:
            nonlocal looks
            while not over.is_set():
                missed.append(kept - archive.found())
                looks += 1

        def meanwhile(done: int, of: int) -> None:
            new.add(archive.written("An apple."))
            if done in {0, of}:
                archive.erased(doomed.pop())
            archive.says(changed, f"A pear {done}.")
            archive.bring(changed)

        searching = Thread(target=look)
        searching.start()
        try:
            for _ in range(3):
                reindex(archive.database, archive.index, meanwhile)
        finally:
            over.set()
            searching.join()
        assert looks > 3
        assert not set().union(*missed)
        assert archive.found() == kept | new
        assert archive.found("pear") == {changed}
        assert (doomed, len(new) > 6) == ([], True)

    @pytest.mark.parametrize("ahead", [True, False])
    def test_what_changes_between_reading_and_writing_is_seen(
        self, archive: Archive, monkeypatch: pytest.MonkeyPatch, *, ahead: bool
    ) -> None:
        """By a process that was too early to know of the new index, or that says nothing to any."""
        talks = sorted(archive.written("An apple.") for _ in range(4))
        calls = 0

        def read(session: Session, conversations: Sequence[UUID]) -> dict[UUID, Documents]:
            nonlocal calls
            calls += 1
            found = documents(session, conversations)
            if calls == 1:
                (archive.erased if ahead else lambda talk: forget(archive.database, talk))(talks[0])
                archive.says(talks[1], "A pear.")
            return found

        monkeypatch.setattr(module, "documents", read)
        reindex(archive.database, archive.index)
        assert archive.found() == set(talks[2:])
        assert archive.found("pear") == {talks[1]}

    def test_a_second_one_is_refused_and_the_first_goes_on(self, archive: Archive) -> None:
        talk = archive.talk("An apple.")
        refused: list[str] = []

        def again(*_: int) -> None:
            with pytest.raises(PermanentError) as told:
                reindex(archive.database, archive.index)
            refused.append(told.value.code)

        reindex(archive.database, archive.index, again)
        assert set(refused) == {"reindex-running"}
        assert archive.found() == {talk}
        reindex(archive.database, archive.index)

    def test_one_that_was_broken_off_is_done_again(self, archive: Archive) -> None:
        talks = {archive.written("An apple.") for _ in range(8)}

        def broken(done: int, _: int) -> None:
            if done:
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            reindex(archive.database, archive.index, broken)
        assert archive.found() == talks
        reindex(archive.database, archive.index)
        assert archive.found() == talks


def test_words_are_found_at_their_times(database: Sessions) -> None:
    talk, run_id = rows.run(database)
    saved(database, run_id, evaluation())
    indexed(database, talk)
    index = PostgresSearch(database)
    (hit,) = index.search("goed home", MANY)
    # This run's artifact is no dialogue, as after a release that had other fields.
    assert hit.words == ()
    with database.begin() as session:
        heard = freeze(TALK)
        session.execute(
            update(StageResult)
            .where(StageResult.run_id == run_id, StageResult.stage == "attribute")
            .values(artifact_type=heard.type, artifact=heard.body)
        )
    reindex(database, index)
    (hit,) = index.search("goed home", MANY)
    words = TALK.segments[1].words
    assert hit.words == tuple(
        FoundWord(text=one.text, start_ms=round(1000 * one.start), end_ms=round(1000 * one.end))
        for one in (words[1], words[2], words[5])
    )


def test_a_conversation_that_somebody_holds_keeps_no_other_waiting(database: Sessions) -> None:
    """Else a learner's deletion, which takes one after the other, and the filling could wait for each other."""
    archive = Archive(database, PostgresSearch(database))
    held, free = sorted(archive.talk("An apple.") for _ in range(2))
    filling = Thread(target=reindex, args=(database, archive.index))
    with database.begin() as session:
        session.get_one(Conversation, held, with_for_update=True)
        filling.start()
        eventually(lambda: archive.found() == {free})
    filling.join()
    assert archive.found() == {held, free}


def test_of_many_that_match_so_many_are_ranked(
    database: Sessions, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search, "CANDIDATES", 3)
    archive = Archive(database, PostgresSearch(database))
    archive.written(*["An apple."] * 9, "Apples and pears.")
    assert len(archive.index.search("apple", MANY)) == 3
    assert len(archive.index.search("apple pear", MANY)) == 1


def test_of_segments_that_others_wrote_no_times_are_known(database: Sessions) -> None:
    talk = Archive(database, PostgresSearch(database)).talk("An apple.")
    with database.begin() as session:
        (found,) = documents(session, [talk])[talk]
    assert (found.text, found.words) == ("An apple.", ())


@pytest.mark.usefixtures("command")
class TestCommand:
    def test_it_tells_how_much_there_is(self, database: Sessions) -> None:
        talk = Archive(database, PostgresSearch(database)).talk("An apple.", "A pear.")
        told = colloquy("reindex", "--json")
        found = json.loads(told.stdout)
        assert found.pop("seconds") >= 0
        assert found == {
            "conversations": 1, "documents": 2, "engine": "postgresql full text",
        }  # fmt: skip
        (hit,) = json.loads(colloquy("search", "apples", "--json").stdout)
        assert hit["conversation_id"] == str(talk)
        assert "1 conversations with 2 segments" in colloquy("reindex").stdout
        with database.begin() as session:
            assert session.query(SearchDocumentRow).count() == 2

    def test_two_at_once_are_told_apart(self, database: Sessions) -> None:
        told: list[str] = []
        Archive(database, PostgresSearch(database)).talk("An apple.")
        reindex(database, PostgresSearch(database), lambda *_: told.append(failure("reindex")))
        assert set(told) == {
            "Another `colloquy reindex` is at work. Wait for its end; nothing is lost meanwhile."
        }
