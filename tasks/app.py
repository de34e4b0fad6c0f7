"""The Celery app: what senders and workers must agree on."""

from __future__ import annotations

from celery import Celery
from kombu import Queue

from config.settings import settings
from pipeline.plan import PLAN

RESERVE = 600
"""Seconds that a message may wait in backoff beyond the longest stage's limit."""
VISIBILITY = max(one.time_limit for one in PLAN.stages) + RESERVE
"""Seconds after which Redis hands a message out again: never while its stage may still run."""

DAILY = 24 * 3600.0
"""Seconds between two looks at the whole media store, which for a million objects are a thousand requests."""

QUEUES = ("cpu", "gpu", "io", "upkeep")
"""One a resource; upkeep has its own, so that a worker can be kept free of long work for it."""


def _broker() -> str:
    url = settings().broker.url
    return url.get_secret_value() if url else "redis://127.0.0.1:6379/0"


app = Celery("colloquy", broker=_broker(), task_cls="tasks.quiet:Quiet", set_as_current=True)
app.conf.update(
    task_acks_late=True,
    task_reject_on_worker_lost=True,
    task_ignore_result=True,
    worker_prefetch_multiplier=1,
    task_serializer="json",
    accept_content=["json"],
    task_create_missing_queues=False,
    task_default_queue="io",
    task_queues=[Queue(name) for name in QUEUES],
    task_routes={f"stage.{one.name}": {"queue": one.resource} for one in PLAN.stages}
    | {"upkeep": {"queue": "upkeep"}},
    broker_transport_options={"visibility_timeout": VISIBILITY},
    broker_connection_retry_on_startup=True,
    worker_cancel_long_running_tasks_on_connection_loss=False,
    worker_send_task_events=True,
    task_send_sent_event=True,
    worker_hijack_root_logger=False,
    worker_proc_alive_timeout=60,
    # Celery counts in kB, looks when a task has ended, and by the highest use so far.
    worker_max_memory_per_child=1024 * settings().workers.memory_mb,
    beat_schedule={
        "upkeep": {"task": "upkeep", "schedule": settings().reliability.upkeep_seconds},
        "orphans": {"task": "orphans", "schedule": DAILY},
        "sweep": {"task": "sweep", "schedule": settings().reliability.sweep_seconds},
    },
    imports=("tasks.stages", "tasks.intake", "tasks.upkeep", "tasks.orphans", "tasks.sweep"),
)
