"""The SQS poller: `python -m workers.intake_sqs`."""

from __future__ import annotations

import logging
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from sqlalchemy.exc import OperationalError

from config.logging import set_up
from config.settings import Settings, settings
from config.tls import VERSIONS
from pipeline.adapters.s3 import client
from pipeline.errors import PermanentError, TransientError
from tasks.intake import TRIES, give_up, read_message, tell_bug
from tasks.services import Services
from workers.alive import touch
from workers.services import make

log = logging.getLogger(__name__)

WAIT = 5
"""Seconds of a long poll: also how long an end may take."""
HIDDEN = 60
"""Seconds until a message that was not done with comes again, unless it is being worked on."""
AWAY = (BotoCoreError, ClientError, TransientError, OperationalError, OSError)
"""What the clients of queue, store and database raise while those are away."""
PAUSE = 2.0
"""Seconds between tries while the queue or the database is away."""


def sqs(given: Settings) -> Any:  # noqa: ANN401 - boto3 makes its clients at run time
    """A client of the configured queue's server."""
    media = given.media
    return client(
        "sqs",
        endpoint_url=media.endpoint_url,
        region=media.region,
        access_key=media.access_key.get_secret_value() if media.access_key else None,
        secret_key=media.secret_key.get_secret_value() if media.secret_key else None,
        ca=media.ca,
        least=VERSIONS[given.tls.least],
    )


def poll(queue: Any, url: str, made: Services) -> int:  # noqa: ANN401 - the same
    """One long poll; messages are deleted only after what they told of was committed. How many came."""
    answer = queue.receive_message(
        QueueUrl=url,
        MaxNumberOfMessages=10,
        WaitTimeSeconds=WAIT,
        VisibilityTimeout=HIDDEN,
        MessageSystemAttributeNames=["ApproximateReceiveCount"],
    )
    messages = answer.get("Messages", [])
    left = {str(number): one["ReceiptHandle"] for number, one in enumerate(messages)}
    done: dict[str, str] = {}
    with hidden(queue, url, left):
        try:
            for number, message in enumerate(messages):
                tries = int(message["Attributes"]["ApproximateReceiveCount"])
                if _taken(message["Body"], tries, made):
                    done[str(number)] = message["ReceiptHandle"]
                left.pop(str(number))
        finally:
            # Also where the next one found the database away.
            _delete(queue, url, done)
    return len(messages)


@contextmanager
def hidden(queue: Any, url: str, left: dict[str, str], every: float = HIDDEN / 3) -> Iterator[None]:  # noqa: ANN401 - the same
    """Keep what is left of the messages from coming again while a slow store holds those before them up."""
    over = threading.Event()

    def keep() -> None:
        while not over.wait(every):
            entries = [
                {"Id": number, "ReceiptHandle": handle, "VisibilityTimeout": HIDDEN}
                for number, handle in left.copy().items()
            ]
            try:
                if entries:
                    queue.change_message_visibility_batch(QueueUrl=url, Entries=entries)
            except AWAY as error:
                # They come again, and are known by then.
                log.warning("intake cannot keep its messages: %s", type(error).__name__)

    thread = threading.Thread(target=keep, name="hidden", daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def _delete(queue: Any, url: str, done: dict[str, str]) -> None:  # noqa: ANN401 - the same
    """In one request; what it fails for comes again, and is known."""
    if not done:
        return
    entries = [{"Id": number, "ReceiptHandle": handle} for number, handle in done.items()]
    answer = queue.delete_message_batch(QueueUrl=url, Entries=entries)
    if failed := answer.get("Failed"):
        log.warning("intake: %d messages were not deleted and come again", len(failed))


def _taken(body: str, tries: int, made: Services) -> bool:
    """Whether the message is done with; False where it shall come again."""
    try:
        for one in read_message(body, made):
            log.info("event %s: %s", one.outcome, one.reason)
    except AWAY:
        raise
    except Exception as error:  # noqa: BLE001 - a bug of ours must neither stop intake nor loop for ever
        tell_bug(error)
        if tries < TRIES:
            return False
        give_up(body, error, made)
    return True


def run(given: Settings, over: threading.Event) -> None:
    """Poll until told to end; an outage of queue, store, database or broker is waited out."""
    url = given.media.queue_url
    if url is None:
        raise PermanentError(
            "No queue is configured.", code="no-queue", advice="Set COLLOQUY_MEDIA__QUEUE_URL."
        )
    queue, made = sqs(given), make(given)
    while not over.is_set():
        touch()
        try:
            poll(queue, url, made)
        except AWAY as error:
            # The message was not deleted: it comes again.
            told = error.sentence if isinstance(error, TransientError) else type(error).__name__
            log.warning("intake waits: %s", told)
            over.wait(PAUSE)


def main() -> None:
    """Poll until SIGTERM or SIGINT."""
    given = settings()
    set_up(given.log.level, json_lines=given.log.json_lines)
    over = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: over.set())
    run(given, over)


if __name__ == "__main__":
    main()
