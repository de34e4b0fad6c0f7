"""How long `colloquy reindex` takes over a large archive: `python -m bench.reindex --conversations 10000`.

The archive is made up as that of `bench.search`, ten minutes each, with the words and their times as the stage `attribute`
leaves them, in an embedded PostgreSQL of its own. What is timed is all that the command does: reading conversations,
reading them again for what changed meanwhile, and writing. The index is PostgreSQL's, or Elasticsearch's where the
settings name it.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from uuid import UUID

from sqlalchemy import insert

from bench.search import conversations, own_index, vocabulary
from config.settings import settings
from embedded.postgres import Postgres
from models.database import Sessions, connect, sessions
from models.migrate import upgrade
from models.reindex import reindex
from models.runs import Run, StageResult
from models.search import PostgresSearch
from models.tables import ConversationSegment
from pipeline.artifacts import freeze
from pipeline.ports import SearchIndex
from pipeline.search import SearchDocument
from pipeline.values import Dialogue, Segment, Word

DIFFERENT = 1000
"""Talks that are made; where there are more conversations they come again, as making one takes longer than to read it."""


def dialogue(said: Sequence[SearchDocument]) -> Dialogue:
    """As the stage `attribute` gives it."""
    return Dialogue(
        language="en",
        language_probability=1.0,
        language_supported=True,
        duration=said[-1].end or 0.0,
        speakers=(),
        turns=(),
        segments=tuple(_segment(one) for one in said),
        speech=(),
    )


def _segment(said: SearchDocument) -> Segment:
    return Segment(
        number=said.number,
        start=said.start or 0.0,
        end=said.end or 0.0,
        speaker=said.speaker,
        speaker_label="S1",
        text=said.text,
        words=tuple(
            Word(
                id=f"w{said.number}-{number}",
                text=said.text[one.start : one.end],
                start=one.start_ms / 1000,
                end=one.end_ms / 1000,
                probability=0.9,
                speaker_label="S1",
            )
            for number, one in enumerate(said.words)
        ),
        confidence=0.9,
        language="en",
        overlap=False,
    )


def archive(store: Sessions, count: int) -> None:
    """So many conversations that were analysed."""
    talks = vocabulary()
    made = [tuple(talks.talk(number)) for number in range(min(count, DIFFERENT))]
    bodies = [freeze(dialogue(said)).body for said in made]
    conversations(store, count)
    for number in range(count):
        _keep(store, number, made[number % len(made)], bodies[number % len(made)])


def _keep(store: Sessions, number: int, said: Sequence[SearchDocument], body: str) -> None:
    talk = UUID(int=number + 1)
    run = {
        "id": talk, "conversation_id": talk, "state": "completed", "media_key": str(talk), "media_etag": "",
        "seed": {}, "lane": talk, "shown": True,
    }  # fmt: skip
    stage = {
        "run_id": talk, "stage": "attribute", "state": "done", "artifact_type": Dialogue.__name__,
        "artifact": body,
    }  # fmt: skip
    segments = [
        {
            "conversation_id": talk, "segment_number": one.number, "start_time": one.start,
            "end_time": one.end, "speaker": one.speaker, "text_content": one.text,
        }
        for one in said
    ]  # fmt: skip
    with store.begin() as session:
        session.execute(insert(Run), [run])
        session.execute(insert(StageResult), [stage])
        session.execute(insert(ConversationSegment), segments)


def measure(store: Sessions, index: SearchIndex) -> None:
    """Print what a reindex took."""
    begun, processor = time.monotonic(), time.process_time()
    found = reindex(store, index)
    seconds, own = time.monotonic() - begun, time.process_time() - processor
    print(
        f"{index.engine}: {found.conversations} conversations, {found.documents} segments in {seconds:.0f} s, "
        f"{1000 * seconds / found.conversations:.0f} ms each; {own:.0f} s of a processor in the command itself; "
        f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores",
        flush=True,
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """A line for each reindex: the first one finds the index empty."""
    parser = argparse.ArgumentParser(prog="python -m bench.reindex", description="Reindexing.")
    parser.add_argument("--conversations", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=1, help="Of reindexing.")
    asked = parser.parse_args(arguments)
    count: int = asked.conversations
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="colloquy-bench-"))
        server = Postgres(Path(folder) / "postgres")
        server.start()
        stack.callback(server.stop)
        upgrade(server.url)
        engine = connect(server.url)
        stack.callback(engine.dispose)
        store = sessions(engine)
        begun = time.monotonic()
        archive(store, count)
        print(f"archive made in {time.monotonic() - begun:.0f} s", flush=True)
        given = settings()
        index: SearchIndex = PostgresSearch(store)
        if given.search.url:
            index = stack.enter_context(own_index(given))
        for _ in range(asked.rounds):
            measure(store, index)
    return 0


if __name__ == "__main__":
    sys.exit(main())
