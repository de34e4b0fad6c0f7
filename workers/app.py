"""What `celery -A workers.app worker` and `celery -A workers.app beat` load; `python -m workers.app` is the same."""

from __future__ import annotations

import os

# One thread a network: more are slower as soon as anything else uses a core.
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("HF_HUB_OFFLINE", "1")

import ctypes
import signal
import sys
import tempfile
import warnings

from celery.platforms import SecurityWarning
from celery.signals import (
    after_task_publish,
    beat_init,
    heartbeat_sent,
    setup_logging,
    task_postrun,
    worker_init,
    worker_process_init,
)

from config.logging import set_up
from config.settings import settings
from pipeline.scratch import sweep
from tasks.app import app
from tasks.services import provide
from workers.alive import touch
from workers.services import make

if "C_FORCE_ROOT" in os.environ:
    # Said on purpose. Root's danger is a pickled message, and those are refused.
    warnings.simplefilter("ignore", SecurityWarning)

SET_PARENT_DEATH_SIGNAL = 1
"""`prctl`'s PR_SET_PDEATHSIG."""
WORKER = os.getpid()
"""Pool processes are forked from it later."""

provide(lambda: make(settings()))


@setup_logging.connect  # type: ignore[untyped-decorator]  # Celery ships no types
def _logging(**_: object) -> None:
    set_up(settings().log.level, json_lines=settings().log.json_lines)


@worker_init.connect  # type: ignore[untyped-decorator]  # Celery ships no types
def _scratch(**_: object) -> None:
    """Before the pool is forked, so that all of it has the same root."""
    root = settings().workers.scratch
    if root is not None:
        root.mkdir(parents=True, exist_ok=True)
        tempfile.tempdir = str(root)


@worker_init.connect  # type: ignore[untyped-decorator]  # Celery ships no types
@worker_process_init.connect  # type: ignore[untyped-decorator]  # Celery ships no types
def _sweep(**_: object) -> None:
    """A pool process that begins may stand in for one that was killed with its folders."""
    sweep()


@heartbeat_sent.connect  # type: ignore[untyped-decorator]  # Celery ships no types
def _alive(**_: object) -> None:
    """Of the worker's main process, every two seconds while it has a broker."""
    touch()


@beat_init.connect  # type: ignore[untyped-decorator]  # Celery ships no types
def _beat_alive(**_: object) -> None:
    """Beat has nothing to tell of itself but what it sends."""
    after_task_publish.connect(_alive, weak=False)


@worker_process_init.connect  # type: ignore[untyped-decorator]  # Celery ships no types
def _die_with_parent(**_: object) -> None:
    """A pool process whose worker was killed would go on alone for as long as its stage takes."""
    # Of a solo pool the worker itself is the process, and its parent may go.
    if sys.platform == "linux" and os.getpid() != WORKER:
        ctypes.CDLL(None).prctl(SET_PARENT_DEATH_SIGNAL, int(signal.SIGKILL))


@task_postrun.connect  # type: ignore[untyped-decorator]  # Celery ships no types
def _give_memory_back(**_: object) -> None:
    """To the system, what a stage has freed: glibc keeps it, some 700 MB after a recording of four minutes."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)  # glibc's alone
    if trim is not None:
        trim(0)


__all__ = ["app"]

if __name__ == "__main__":
    app.start(sys.argv[1:])
