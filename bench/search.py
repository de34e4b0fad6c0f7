"""How long a search takes over a large archive, in each engine: `python -m bench.search --conversations 10000`.

The talks are made up: words drawn by their frequency in English, as many as people say in ten minutes. What is timed is
what `colloquy search` asks, from the query to the hits with their highlights and word times, one after the other.
PostgreSQL is the embedded one; Elasticsearch is measured where the settings name it.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID, uuid4

import numpy as np
import requests
from sqlalchemy import insert, text
from wordfreq import get_frequency_dict

from config.settings import SearchSettings, Settings, settings
from embedded.postgres import Postgres
from models.database import Sessions, connect, sessions
from models.migrate import upgrade
from models.search import PostgresSearch
from models.tables import Conversation, SearchDocumentRow
from pipeline.adapters.elasticsearch import ElasticsearchIndex
from pipeline.ports import SearchIndex
from pipeline.search import SearchDocument, SearchFilters, WordTime
from workers.toolbox import elasticsearch

WORDS = 20_000
"""The most frequent ones of English: what a native speaker uses in talk, and more than a learner does."""
SEGMENTS, LENGTH = 80, 16
"""Of a talk, and words of one on average: two people's ten minutes at 130 words a minute."""
CLASSES, DAYS = 200, 365
TIMES = 60
"""Searches of each kind, no two of the same words where the kind has so many."""
CHUNK = 50
"""Talks that are written at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Talks:
    """A vocabulary, and who draws from it."""

    words: tuple[str, ...]
    chances: np.ndarray
    random: np.random.Generator
    classes: tuple[UUID, ...]

    def drawn(self, first: int, last: int, count: int) -> list[str]:
        """Words by their rank."""
        return [self.words[one] for one in self.random.integers(first, last, count)]

    def talk(self, number: int) -> Iterator[SearchDocument]:
        """A conversation."""
        talk, group = UUID(int=number + 1), self.classes[number % CLASSES]
        day = str(np.datetime64("2026-01-01") + number % DAYS)
        lengths = 1 + self.random.poisson(LENGTH - 1, SEGMENTS)
        ranks = self.random.choice(len(self.words), int(lengths.sum()), p=self.chances)
        at = 0
        for segment, length in enumerate(lengths):
            said = [self.words[one] for one in ranks[at : at + length]]
            times = tuple(_timed(said, 460 * at))
            at += int(length)
            yield SearchDocument(
                conversation_id=talk,
                number=segment,
                speaker="partner" if segment % 2 else "learner",
                text=" ".join(said),
                start=times[0].start_ms / 1000,
                end=times[-1].end_ms / 1000,
                language="en",
                class_id=group,
                created_on=day,
                words=times,
            )


def _timed(said: Sequence[str], milliseconds: int) -> Iterator[WordTime]:
    offset = 0
    for number, word in enumerate(said):
        start = milliseconds + 460 * number
        yield WordTime(start=offset, end=offset + len(word), start_ms=start, end_ms=start + 400)
        offset += len(word) + 1


def vocabulary() -> Talks:
    """The same at every call."""
    known = sorted(get_frequency_dict("en").items(), key=lambda one: -one[1])
    kept = [(word, chance) for word, chance in known if word.isalpha()][:WORDS]
    chances = np.array([chance for _, chance in kept])
    return Talks(
        words=tuple(word for word, _ in kept),
        chances=chances / chances.sum(),
        random=np.random.default_rng(1),
        classes=tuple(UUID(int=2**64 + one) for one in range(CLASSES)),
    )


Asked = tuple[str, SearchFilters]


def kinds(talks: Talks) -> dict[str, Callable[[int], Asked]]:
    """What is asked, by name."""
    any_, learner = SearchFilters(), SearchFilters(speaker="learner")

    def of(
        first: int, last: int, count: int, filters: SearchFilters = any_
    ) -> Callable[[int], Asked]:
        return lambda _: (" ".join(talks.drawn(first, last, count)), filters)

    return {
        "a frequent word": of(150, 400, 1),
        "a usual word": of(400, 3000, 1),
        "a rare word": of(10_000, WORDS, 1),
        "two usual words": of(150, 1500, 2),
        "three frequent words": of(150, 400, 3),
        "a frequent word of learners": of(150, 400, 1, learner),
        "a usual word in a class": lambda number: (
            talks.drawn(150, 3000, 1)[0],
            SearchFilters(class_id=talks.classes[number % CLASSES]),
        ),
        "a usual word since a date": of(150, 3000, 1, SearchFilters(since="2026-12-01")),
        "10,000 characters": lambda _: (" ".join(talks.drawn(0, WORDS, 1400)), any_),
        "what nobody said": lambda number: (f"qx{number}zv", any_),
    }


def filled(index: SearchIndex, talks: Talks, count: int) -> float:
    """Seconds that a rebuild of so many took, without the making of the words."""
    spent = 0.0
    with index.rebuilding() as made:
        for first in range(0, count, CHUNK):
            found = [
                one
                for number in range(first, min(count, first + CHUNK))
                for one in talks.talk(number)
            ]
            begun = time.monotonic()
            made.add(found)
            spent += time.monotonic() - begun
    return spent


def measure(
    name: str,
    index: SearchIndex,
    count: int,
    rounds: int,
    ready: Callable[[], None] = lambda: None,
) -> None:
    """Print a table a round, once it is filled and `ready` was called."""
    seconds = filled(index, vocabulary(), count)
    ready()
    print(f"{name}: {count} conversations, {count * SEGMENTS} segments, written in {seconds:.0f} s")
    for _ in range(rounds):
        _measured(name, index)


def _measured(name: str, index: SearchIndex) -> None:
    load, cores = os.getloadavg()[0], os.cpu_count()
    print(f"\nload {load:.1f} on {cores} cores\n")
    print(f"| {name} | median ms | p95 ms | hits |\n|---|---:|---:|---:|", flush=True)
    everything: list[float] = []
    talks = vocabulary()
    for kind, ask in kinds(talks).items():
        taken: list[float] = []
        hits = 0
        for number in range(TIMES):
            query, filters = ask(number)
            begun = time.monotonic()
            hits += len(index.search(query, filters))
            taken.append(1000 * (time.monotonic() - begun))
        everything += taken
        print(f"| {kind} | {_told(taken)} | {hits / TIMES:.1f} |", flush=True)
    print(f"| all | {_told(everything)} | |", flush=True)


def _told(taken: Sequence[float]) -> str:
    return f"{np.median(taken):.1f} | {np.percentile(taken, 95):.1f}"


def _postgres(count: int, rounds: int) -> None:
    with tempfile.TemporaryDirectory(prefix="colloquy-bench-") as folder:
        server = Postgres(Path(folder) / "postgres")
        server.start()
        try:
            upgrade(server.url)
            engine = connect(server.url)
            store = sessions(engine)
            conversations(store, count)
            # Filled without it and made at the end, it takes a fraction of the time; it is the same then.
            (words,) = (
                one
                for one in SearchDocumentRow.metadata.tables["search_documents"].indexes
                if one.name == "idx_search_documents_words"
            )
            words.drop(engine)

            def ready() -> None:
                words.create(engine)
                with engine.begin() as connection:
                    connection.execute(text("ANALYZE search_documents"))

            measure("PostgreSQL", PostgresSearch(store), count, rounds, ready)
            engine.dispose()
        finally:
            server.stop()


def conversations(store: Sessions, count: int) -> None:
    """Those of the talks, with nothing said in them."""
    with store.begin() as session:
        session.execute(
            insert(Conversation),
            [
                {
                    "id": UUID(int=one + 1),
                    "title": "Talk",
                    "difficulty_level": "B1",
                    "language": "en",
                }
                for one in range(count)
            ],
        )


def _elasticsearch(given: Settings, count: int, rounds: int) -> None:
    with own_index(given) as index:
        measure(f"Elasticsearch {index.server_version()}", index, count, rounds)


@contextmanager
def own_index(given: Settings) -> Iterator[ElasticsearchIndex]:
    """On the configured server, by an alias of its own; gone afterwards."""
    alias = f"colloquy-bench-{uuid4().hex[:8]}"
    search = given.search.model_copy(update={"alias": alias})
    try:
        yield elasticsearch(given.model_copy(update={"search": search}))
    finally:
        for one in _asked("GET", search, f"{alias}*").json():
            _asked("DELETE", search, one)


def _asked(verb: str, search: SearchSettings, path: str) -> requests.Response:
    password = search.password.get_secret_value() if search.password else ""
    answer = requests.request(
        verb,
        f"{search.url}/{path}",
        auth=(search.username or "", password),
        verify=str(search.ca) if search.ca else True,
        timeout=30,
    )
    answer.raise_for_status()
    return answer


def main(arguments: Sequence[str] | None = None) -> int:
    """A table an engine."""
    parser = argparse.ArgumentParser(prog="python -m bench.search", description="Search.")
    parser.add_argument("--conversations", type=int, default=10_000)
    parser.add_argument(
        "--rounds", type=int, default=3, help="Of searches, where others use the machine."
    )
    parser.add_argument("--engine", choices=("postgres", "elasticsearch"), help="Only this one.")
    given = parser.parse_args(arguments)
    if given.engine != "elasticsearch":
        _postgres(given.conversations, given.rounds)
    if given.engine != "postgres" and settings().search.url:
        _elasticsearch(settings(), given.conversations, given.rounds)
    return 0


if __name__ == "__main__":
    sys.exit(main())
