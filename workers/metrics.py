"""The metrics page for Prometheus: `python -m workers.metrics`; one process for any number of workers.

Gauges and counts come from the ledger, which knows of every worker; `workers.counts` has the counts. No label
holds anything of a person.
"""

from __future__ import annotations

import logging
import signal
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

import uvicorn
from botocore.exceptions import BotoCoreError, ClientError
from kombu.exceptions import OperationalError as BrokerError
from prometheus_client import CollectorRegistry, make_asgi_app
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from sqlalchemy.exc import OperationalError

from config.logging import set_up
from config.settings import MetricsSettings, Settings, settings
from config.tls import Least, context_factory
from models.database import Sessions, connect, database_url, sessions
from models.figures import standing
from pipeline.plan import PLAN
from tasks.app import QUEUES, app
from workers.alive import touch
from workers.counts import Counts, Tail
from workers.gauges import Values, family, of_ledger
from workers.intake_sqs import sqs

log = logging.getLogger(__name__)

ANSWER = 3.0
"""Seconds to wait for the broker."""
AWAY = (OperationalError, BrokerError, BotoCoreError, ClientError, OSError)
"""What the clients of database, broker and queue raise while those are away."""

Source = Callable[[], Iterable[Metric]]


class Page(Collector):
    """The gauges as they were last read: a scrape waits for no server."""

    def __init__(self) -> None:
        """Nothing is known yet."""
        self._read: tuple[tuple[Metric, ...], float] = ((), time.monotonic())

    def show(self, read: tuple[Metric, ...]) -> None:
        """From now on."""
        self._read = read, time.monotonic()

    def collect(self) -> Iterator[Metric]:
        """As Prometheus's registry asks."""
        families, at = self._read
        yield from families
        yield GaugeMetricFamily(
            "colloquy_figures_age_seconds",
            "How old the figures of this page are.",
            value=time.monotonic() - at,
        )


def read(sources: dict[str, Source]) -> Iterator[Metric]:
    """All gauges; those of a server that is away are left out, and it is told so."""
    reached = GaugeMetricFamily(
        "colloquy_reached", "Whether the metrics process reached the server.", labels=["server"]
    )
    for name, source in sources.items():
        try:
            families = list(source())
        except AWAY as error:
            log.warning("metrics: %s not reached: %s", name, type(error).__name__)
            reached.add_metric([name], 0)
        else:
            reached.add_metric([name], 1)
            yield from families
    yield reached


def ledger(store: Sessions, tail: Tail, counts: Counts) -> Iterator[Metric]:
    """What stands in the database; counts what has ended since the last look."""
    with store.begin() as session:
        told = standing(session, PLAN)
    counts.add(tail.fresh())
    yield from of_ledger(told)


def broker() -> Iterator[Metric]:
    """Messages that no worker has taken."""
    depths: Values = {}
    with app.connection_for_read(connect_timeout=ANSWER) as connection:
        connection.ensure_connection(max_retries=1, timeout=ANSWER)
        for queue in QUEUES:
            try:
                found = connection.default_channel.queue_declare(queue, passive=True)
                depths[queue,] = found.message_count
            except connection.channel_errors:
                # Redis knows no queue in which there is nothing.
                depths[queue,] = 0
            except connection.connection_errors as error:
                # Those of the broker's own client, which went away after it had answered.
                raise BrokerError(str(error)) from error
    yield family("queue_messages", "Messages that no worker has taken.", depths, "queue")


def events(given: Settings) -> Iterator[Metric]:
    """The queue with the bucket's events."""
    names = {
        "ApproximateNumberOfMessages": "waiting",
        "ApproximateNumberOfMessagesNotVisible": "taken",
    }
    answer = sqs(given).get_queue_attributes(
        QueueUrl=given.media.queue_url, AttributeNames=list(names)
    )
    depths: Values = {(state,): float(answer["Attributes"][name]) for name, state in names.items()}
    yield family(
        "upload_events", "Messages in the queue with the bucket's events.", depths, "state"
    )


@contextmanager
def answering(registry: CollectorRegistry, given: MetricsSettings, least: Least) -> Iterator[None]:
    """Scrapes, on a thread; the library's own server takes nobody while one that came says nothing of TLS."""
    config = uvicorn.Config(
        make_asgi_app(registry),
        host=given.host,
        port=given.port,
        ssl_context_factory=context_factory(given.certificate, given.key, least),
        lifespan="off",
        access_log=False,
        log_config=None,
        server_header=False,
    )
    # Here, so that a port which is taken ends the process.
    listening, server = config.bind_socket(), uvicorn.Server(config)
    thread = threading.Thread(target=server.run, args=([listening],))
    thread.start()
    try:
        yield
    finally:
        server.should_exit = True
        thread.join()
        listening.close()


def serve(given: Settings, over: threading.Event) -> None:
    """Read again and again, and answer scrapes, until told to end."""
    registry, page = CollectorRegistry(), Page()
    # Before the counts: they are of the same look.
    registry.register(page)
    counts = Counts(registry)
    engine = connect(database_url(given))
    store = sessions(engine)
    tail = Tail(store)
    sources: dict[str, Source] = {
        "database": lambda: ledger(store, tail, counts),
        "broker": broker,
    }
    if given.media.queue_url is not None:
        sources["event queue"] = lambda: events(given)
    with answering(registry, given.metrics, given.tls.least):
        while not over.is_set():
            page.show(tuple(read(sources)))
            touch()
            over.wait(given.metrics.every_seconds)
    engine.dispose()


def main() -> None:
    """Serve until SIGTERM or SIGINT."""
    given = settings()
    set_up(given.log.level, json_lines=given.log.json_lines)
    over = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: over.set())
    serve(given, over)


if __name__ == "__main__":
    main()
