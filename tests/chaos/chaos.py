"""One run of the suite: undisturbed uploads, then faults over a stream of uploads, then the verdict."""

from __future__ import annotations

import logging
import random
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from kombu import Connection
from pydantic import SecretStr
from sqlalchemy import text

from config.settings import BrokerSettings, DatabaseSettings, MediaSettings, Settings
from embedded.storage import BUCKET, REGION
from models.database import Sessions, connect, sessions
from tasks.app import QUEUES
from tests.chaos.content import Content, content
from tests.chaos.faults import Fault, begin, schedule
from tests.chaos.uploads import PATIENCE, PAUSE, VARIANTS, Uploads, patiently, unfinished
from tests.chaos.verdict import Verdict, compare, heals
from tests.chaos.world import AN_HOUR, PROCESSES, WORKERS, WRONG, World
from tests.integration.stacks import ROOT, environment
from tests.waiting import within
from workers.intake_sqs import sqs
from workers.toolbox import s3_media

log = logging.getLogger("chaos")

UNDISTURBED = 15.0
"""Seconds for one upload of each kind, with the start of the processes, on two idle cores."""
MOST = 100_000
"""Messages handed out again at once: all."""


@contextmanager
def world(home: Path) -> Iterator[World]:
    with environment(COLLOQUY_HOME=str(home), PYTHONPATH=str(ROOT)), World(home) as made:
        yield made


def direct(made: World) -> Settings:
    """Addresses that no fault of the network touches."""
    return Settings(
        database=DatabaseSettings(url=SecretStr(made.postgres.url)),
        broker=BrokerSettings(url=SecretStr(made.valkey.url)),
        media=MediaSettings(
            endpoint_url=made.storage.endpoint_url,
            bucket=BUCKET,
            region=REGION,
            access_key=SecretStr("embedded"),
            secret_key=SecretStr("embedded"),
            queue_url=made.storage.queue_url,
        ),
    )


@dataclass(slots=True)
class Breaker:
    """Works the schedule off; what is broken stands in `_broken` until it is mended."""

    world: World
    pace: float
    """By how much longer the gaps are on a busy machine, where else nothing would ever come to its end."""
    kills: int = 0
    ends: list[float] = field(default_factory=list)
    _broken: dict[str, tuple[float, Fault, Callable[[], object]]] = field(default_factory=dict)

    def run(self, seed: int, kills: int) -> None:
        for fault in schedule(seed):
            self._mend_until(time.monotonic() + self.pace * fault.gap)
            self._break(fault)
            if self.kills >= kills:
                break
        self._mend_until(float("inf"))

    def supervise(self) -> None:
        """As any supervisor of a cluster does: what ended by itself is started again."""
        for name in PROCESSES:
            if name not in self._broken and not self.world.alive(name):
                log.info("%s ended by itself", name)
                self.world.launch(name)

    def _break(self, fault: Fault) -> None:
        self.supervise()
        if fault.target in self._broken:
            self._mend(fault.target)
        mend = begin(self.world, fault)
        log.info("%.2f %s%s", time.time(), fault.kind, "" if mend else ": none is there")
        if mend is not None:
            self._broken[fault.target] = (time.monotonic() + fault.lasts, fault, mend)

    def _mend_until(self, moment: float) -> None:
        while self._broken:
            target = min(self._broken, key=lambda one: self._broken[one][0])
            if self._broken[target][0] > moment:
                break
            self._wait(self._broken[target][0])
            self._mend(target)
        if moment < float("inf"):
            self._wait(moment)

    def _mend(self, target: str) -> None:
        _, fault, mend = self._broken.pop(target)
        hit = mend() is not False
        self.kills += fault.kills and hit
        self.ends.append(time.time())

    @staticmethod
    def _wait(moment: float) -> None:
        threading.Event().wait(max(0.0, moment - time.monotonic()))


def run(home: Path, fixtures: Path, *, kills: int, seed: int) -> Verdict:
    """Everything; the verdict's `wrong` is empty where all is well."""
    with world(home) as made:
        engine = connect(made.postgres.url, pooled=False)
        store, verdict = sessions(engine), Verdict()
        uploads = Uploads(direct(made), store, fixtures, home)
        began = time.monotonic()
        wanted = _undisturbed(uploads, store)
        pace = max(1.0, (time.monotonic() - began) / UNDISTURBED)
        log.info("gaps are longer by a factor of %.1f", pace)
        breaker, over = Breaker(made, pace), threading.Event()
        made.kill(WRONG)
        made.clocks[WRONG] = AN_HOUR
        made.launch(WRONG)
        with ThreadPoolExecutor() as beside:
            stream = beside.submit(uploads.stream, seed, over)
            try:
                breaker.run(seed, kills)
            finally:
                over.set()
            stream.result()
        verdict.kills = breaker.kills
        _settle(made, store, uploads, verdict, breaker)
        compare(store, uploads.sent, wanted, verdict)
        for told in heals(store, uploads.sent, breaker.ends, verdict):
            log.info(told)
        _see_leftovers(made, store, uploads, verdict)
    return verdict


def _undisturbed(uploads: Uploads, store: Sessions) -> dict[str, Content]:
    """What one upload of each kind leaves behind when nothing is broken; they are of the stream too."""
    dice = random.Random(0)  # noqa: S311 - chance, no secret
    first = [uploads.send(variant, dice) for variant in VARIANTS]
    left = within(lambda: not unfinished(store, first), PATIENCE, PAUSE)
    assert left, f"undisturbed uploads do not end: {unfinished(store, first)}"
    with store.begin() as session:
        return {one.variant.name: content(session, one.conversation, one.user) for one in first}


def _settle(
    made: World, store: Sessions, uploads: Uploads, verdict: Verdict, breaker: Breaker
) -> None:
    """Wait for every run's end, then for an empty queue, then end all processes."""

    def ended() -> bool:
        # kombu ends a worker now and then that loses its broker while it lets go of it: the last fault's, too.
        breaker.supervise()
        return not patiently(lambda: unfinished(store, uploads.sent))

    if not within(ended, PATIENCE, PAUSE):
        verdict.wrong += [f"{one} does not end" for one in unfinished(store, uploads.sent)]
    for name in (*WORKERS, "beat"):
        made.kill(name)
    for name in WORKERS:
        # What a worker with an early clock has put off for seconds is due in an hour: go there.
        made.clocks[name] = 2 * AN_HOUR
        made.launch(name)
    _restore_unacknowledged(made)
    if not within(lambda: not _queued(made), PATIENCE, PAUSE):
        verdict.wrong.append(f"the broker still holds {_queued(made)}")
    if not within(lambda: not _events(uploads), PATIENCE, PAUSE):
        verdict.wrong.append("the event queue still holds messages")


def _restore_unacknowledged(made: World) -> None:
    """What time would do: hand out again what dead workers had taken, by kombu's own code."""
    # What the worker took whose clock goes an hour early counts from an hour ahead.
    options = {"visibility_timeout": -2 * AN_HOUR}
    with Connection(made.valkey.url, transport_options=options) as connection:
        connection.default_channel.qos.restore_visible(num=MOST, interval=1)


def _queued(made: World) -> dict[str, int]:
    with Connection(made.valkey.url) as connection:
        client = connection.default_channel.client
        sizes = {name: client.llen(name) for name in QUEUES}
        sizes |= {"unacked": client.hlen("unacked")}
    return {name: size for name, size in sizes.items() if size}


def _events(uploads: Uploads) -> bool:
    names = [
        "ApproximateNumberOfMessages",
        "ApproximateNumberOfMessagesNotVisible",
        "ApproximateNumberOfMessagesDelayed",
    ]
    given = uploads.given
    answer = sqs(given).get_queue_attributes(QueueUrl=given.media.queue_url, AttributeNames=names)
    return any(answer["Attributes"][name] != "0" for name in names)


def _see_leftovers(made: World, store: Sessions, uploads: Uploads, verdict: Verdict) -> None:
    """Objects, temporary files, database connections, and bugs that a log tells of."""
    made.end_processes()
    with store.begin() as session:
        clients = session.scalar(
            text(
                "SELECT count(*) FROM pg_stat_activity "
                "WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"
            )
        )
        known = session.scalars(
            text("SELECT artifact FROM stage_results WHERE artifact_type = 'Recording'")
        ).all()
    if clients:
        verdict.wrong.append(f"{clients} database connections are left")
    pages = s3_media(uploads.given)._client.get_paginator("list_objects_v2")
    for page in pages.paginate(Bucket=BUCKET, Prefix="derived/"):
        for one in page.get("Contents", ()):
            if not any(one["Key"] in artifact for artifact in known):
                verdict.wrong.append(f"an object is orphaned: {one['Key']}")
    # Empty folders of multiprocessing, one for each worker that was killed, are not ours.
    if left := sorted(one for one in made.temporary.iterdir() if not one.name.startswith("pymp-")):
        verdict.wrong.append(f"{len(left)} temporary files are left, as {left[0]}")
    for path in (made.home / "logs").glob("*.log"):
        if bugs := [line for line in path.read_text().splitlines() if "bug: " in line]:
            verdict.wrong.append(f"{path.name} tells of {len(bugs)} bugs: {bugs[0]}")
