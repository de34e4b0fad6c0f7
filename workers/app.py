"""What `celery -A workers.app worker` and `celery -A workers.app beat` load."""

from __future__ import annotations

import os

# One thread a network: more are slower as soon as anything else uses a core.
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("HF_HUB_OFFLINE", "1")

from celery.signals import setup_logging

from config.logging import set_up
from config.settings import settings
from tasks.app import app
from tasks.services import provide
from workers.services import make

provide(lambda: make(settings()))


@setup_logging.connect  # type: ignore[untyped-decorator]  # Celery ships no types
def _logging(**_: object) -> None:
    set_up(settings().log.level, json_lines=settings().log.json_lines)


__all__ = ["app"]
