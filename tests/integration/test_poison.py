"""Uploads that kill whatever works on them, on real workers: each ends, and the others never notice."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import pytest
from redis import Redis
from sqlalchemy import select

from config.settings import settings
from embedded.stack import Stack
from models.database import Sessions
from models.tables import DeadLetter, Run
from tasks.app import QUEUES
from tasks.intake import enqueue
from tests.fakes.poison import ATTEMPTS, MARK
from tests.integration.stacks import counts, database_of, running
from tests.waiting import ended, eventually
from workers.submit import submit

DEEDS = {
    "segfault": ("worker-lost", f"crashed or was killed in each of {ATTEMPTS} attempts"),
    "oom": ("worker-lost", "memory ran out, or the file is damaged"),
    "memory": ("out-of-memory", "needs more memory than a worker may use"),
    "loop": ("time-limit", "took longer than the"),
}
"""What the upload does, the code of its dead letter, and what people read."""
SOON = {
    "COLLOQUY_RELIABILITY__LEASE_SECONDS": "4",
    "COLLOQUY_RELIABILITY__HEARTBEAT_SECONDS": "0.5",
    "COLLOQUY_RELIABILITY__UNTAKEN_SECONDS": "2",
    "COLLOQUY_RELIABILITY__UPKEEP_SECONDS": "5",
}
"""Seconds in place of minutes; far below the broker's visibility timeout, which nothing here can wait for."""
LONG = 200.0
"""Seconds; on an idle machine the loop, which is the last to end, takes 40."""


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    home = tmp_path_factory.mktemp("poison")
    # Without the poller, which would send the declared time limit: `enqueue` has a worker look.
    with running(home, intake=False, worker="tests.poison_worker", **SOON) as made:
        yield made


@pytest.fixture(scope="module")
def store(stack: Stack) -> Iterator[Sessions]:
    with database_of(stack) as made:
        yield made


@pytest.fixture(scope="module")
def sent(stack: Stack, fixtures: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, UUID]:
    """Every poison, and a recording after them."""
    del stack
    folder = tmp_path_factory.mktemp("uploads")
    files = {"good": fixtures / "short.ogg"}
    for deed in DEEDS:
        files = {deed: folder / f"{deed}.wav"} | files
        files[deed].write_bytes(MARK + deed.encode())
    talks = {}
    for name, file in files.items():
        talks[name] = submit(settings(), file, user="demo", learner="S2")
        enqueue(talks[name])
    return talks


def test_others_go_on_meanwhile(store: Sessions, sent: dict[str, UUID]) -> None:
    good = ended(store, sent["good"], LONG)
    assert (good.state, good.reason) == ("completed", None)
    loop = ended(store, sent["loop"], LONG)
    assert good.finished_at is not None
    assert loop.finished_at is not None
    assert good.finished_at < loop.finished_at


@pytest.mark.parametrize("deed", DEEDS)
def test_it_ends_as_a_dead_letter_after_its_attempts(
    store: Sessions, sent: dict[str, UUID], deed: str
) -> None:
    code, said = DEEDS[deed]
    found = ended(store, sent[deed], LONG)
    assert (found.state, found.stages[0].attempt) == ("failed", ATTEMPTS)
    assert said in str(found.reason)
    with store.begin() as session:
        letter = session.scalars(
            select(DeadLetter).join(Run).where(Run.conversation_id == sent[deed])
        ).one()
    assert (letter.code, letter.stage, letter.attempts) == (code, "decode", ATTEMPTS)
    assert letter.engines == ["poison decoder 1"], "noted before the crash"
    assert counts(store, sent[deed]) == (1, 0)


def test_nothing_of_them_is_left_in_the_broker(
    stack: Stack, store: Sessions, sent: dict[str, UUID]
) -> None:
    for talk in sent.values():
        ended(store, talk, LONG)
    with Redis.from_url(stack.valkey.url) as broker:

        def drained() -> bool:
            held = [str(one) for one in broker.hvals("unacked")]
            waiting = sum(broker.llen(name) for name in QUEUES if name != "upkeep")
            return waiting == 0 and not [one for one in held if "stage." in one]

        assert eventually(drained)
