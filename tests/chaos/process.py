"""A real worker, beat or intake whose work takes a while and can be hit.

Made by fork from a process that has imported everything, since a start costs two seconds of a core,
and hundreds are made. It differs from the real one by its engines, by shorter times, and by the faults that the environment
and the files in the folder COLLOQUY_CHAOS_FAULTS ask for.
"""

from __future__ import annotations

import ctypes
import errno
import os
import random
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from unittest.mock import patch

from celery.signals import after_task_publish, before_task_publish, worker_ready
from kombu.exceptions import OperationalError as BrokerError

import models.circuits
import models.failures
import pipeline.scratch
import workers.intake_sqs
from config.settings import settings
from pipeline.adapters.s3 import client
from pipeline.plan import PLAN
from pipeline.ports import MediaStore
from pipeline.scratch import scratch
from pipeline.stage import Stage
from tasks.dispatch import lost
from tasks.services import Services, provide
from tests.chaos import clock
from tests.fakes.quick import quick_tools
from workers.app import SET_PARENT_DEATH_SIGNAL, app
from workers.services import make

LONGEST_WORK = 0.5
"""Seconds before and after a stage's own work: long enough to be hit in it, and between effect and record."""
LATEST_DOUBLE = 3.0
"""Seconds: the run is some stages further when a message comes for the second time."""
APPETITE = 64 * 1024**2
"""Bytes taken before the end that the kernel gives to who takes too many."""
ATTEMPTS = 100
"""A stage that is hit three times by chance is no poison here: every upload must come to its end."""

FAULTS = Path(os.environ["COLLOQUY_CHAOS_FAULTS"])
# Reads files for half a second of a core, which each forked process would do again.
client("s3", endpoint_url=None, region="us-east-1", access_key="-", secret_key="-")
dice = random.Random()  # noqa: S311 - chance, no secret


def hurry() -> None:
    """Minutes of a real installation as seconds."""
    models.failures.BACKOFF = 1.0
    models.failures.LONGEST_BACKOFF = 8.0
    models.circuits.PAUSE = 1.0
    models.circuits.LONGEST_PAUSE = 4.0
    models.circuits.PROBE = timedelta(seconds=10)
    pipeline.scratch.YOUNG = 1.0
    workers.intake_sqs.HIDDEN = 8
    for one in PLAN.stages:
        object.__setattr__(one, "attempts", ATTEMPTS)


def linger() -> None:
    """Work; it ends by the kernel's hand if the file asks for it."""
    time.sleep(dice.uniform(0, LONGEST_WORK))
    try:
        (FAULTS / "out-of-memory").unlink()
    except FileNotFoundError:
        return
    taken = bytearray(APPETITE)
    taken[::4096] = b"x" * len(taken[::4096])
    os.kill(os.getpid(), signal.SIGKILL)


def slowly(work: Any) -> Any:  # noqa: ANN401 - any stage
    def worked(self: Stage[..., Any], *args: Any, **tools: Any) -> Any:  # noqa: ANN401 - the same
        linger()
        made = work(self, *args, **tools)
        linger()
        return made

    return worked


class CrampedMedia:
    """The media store on a disk that is full while the file says so."""

    engine = ""

    def __init__(self, media: MediaStore) -> None:
        self._media = media

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever the store has
        return getattr(self._media, name)

    @contextmanager
    def fetch(self, key: str, etag: str = "") -> Iterator[Path]:
        with self._media.fetch(key, etag) as path:
            self._break_off(path)
            yield path

    def store(self, key: str, path: Path) -> None:
        self._break_off(path)
        self._media.store(key, path)

    @staticmethod
    def _break_off(path: Path) -> None:
        if (FAULTS / "disk-full").exists():
            with scratch() as folder, path.open("rb") as whole:
                (folder / "half").write_bytes(whole.read(path.stat().st_size // 2))
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def services() -> Services:
    made = make(settings())
    media = CrampedMedia(made.tools["media"])  # type: ignore[arg-type]
    return replace(made, tools={**made.tools, **quick_tools(), "media": media})


@worker_ready.connect  # type: ignore[untyped-decorator]  # Celery ships no types
def ready(**_: object) -> None:
    (FAULTS / f"ready-{os.getpid()}").touch()


@before_task_publish.connect  # type: ignore[untyped-decorator]  # Celery ships no types
def late(sender: str, headers: dict[str, Any], **_: object) -> None:
    """Some messages wait, so that others overtake them, their own double too."""
    if sender.startswith("stage.") and not headers.get("eta") and dice.random() < 0.2:
        moment = datetime.now().astimezone() + timedelta(seconds=dice.uniform(0, LATEST_DOUBLE))
        headers["eta"] = moment.isoformat()


@after_task_publish.connect  # type: ignore[untyped-decorator]  # Celery ships no types
def twice(sender: str, headers: dict[str, Any], body: Any, **_: object) -> None:  # noqa: ANN401 - Celery's
    """Every message of a stage is sent once more."""
    if sender.startswith("stage.") and "double" not in headers:
        late_by = dice.uniform(0, LATEST_DOUBLE)
        try:
            app.send_task(sender, body[0], countdown=late_by, headers={"double": True})
        except (BrokerError, AttributeError) as error:
            if not lost(error):
                raise


def enter(arguments: list[str], environment: dict[str, str], log: Path) -> None:
    """Become the process: in a session of its own, with its output in the log."""
    os.setsid()
    ctypes.CDLL(None).prctl(SET_PARENT_DEATH_SIGNAL, int(signal.SIGKILL))
    os.environ.update(environment)
    with log.open("ab") as output, Path(os.devnull).open("rb") as nothing:
        for number, file in ((0, nothing), (1, output), (2, output)):
            os.dup2(file.fileno(), number)
    for one in (dice, random):
        one.seed()
    hurry()
    provide(services)
    clock.shift(float(environment["COLLOQUY_CHAOS_CLOCK"]))
    if arguments[0] == "intake":
        workers.intake_sqs.main()
    else:
        with patch.object(Stage, "__call__", slowly(Stage.__call__)):
            app.start(arguments)
