"""The ledger's gauges, as Prometheus names them."""

from __future__ import annotations

from collections.abc import Iterator

from prometheus_client.core import GaugeMetricFamily

from models.figures import Group, Standing
from pipeline.plan import PLAN

Values = dict[tuple[str, ...], float]
"""Values by their labels."""
OPEN = ("in-line", "queued", "running")
"""States of a run that is not over: it stands in line, its messages are in the broker, it is at work."""


def family(name: str, told: str, values: Values, *labels: str) -> GaugeMetricFamily:
    """One gauge with its labels."""
    made = GaugeMetricFamily(f"colloquy_{name}", told, labels=list(labels))
    for key, value in values.items():
        made.add_metric(list(key), value)
    return made


def of_ledger(told: Standing) -> Iterator[GaugeMetricFamily]:
    """A state, a queue without anything is 0; a service, a code or a task without is not there."""
    runs = {one.name: one for one in told.runs}
    states = [runs.get(name, Group(name=name, count=0)) for name in OPEN]
    ages: Values = {(one.resource,): 0.0 for one in PLAN.stages}
    for one in told.stages:
        queue = PLAN[one.name].resource
        ages[queue,] = max(ages[queue,], one.oldest)
    yield family(
        "runs", "Runs that are not over.", {(one.name,): one.count for one in states}, "state"
    )
    yield family(
        "runs_oldest_seconds",
        "Since the upload of the oldest such run.",
        {(one.name,): one.oldest for one in states},
        "state",
    )
    yield family(
        "stages",
        "Stages of runs whose turn has come: ready, running, or waiting for a service.",
        {(one.name, one.state): one.count for one in told.stages},
        *("stage", "state"),
    )
    yield family(
        "queue_oldest_seconds",
        "How long the oldest message of the queue has waited for a worker.",
        ages,
        "queue",
    )
    yield family(
        "dead_letters", "Open dead letters.", {(one.name,): one.count for one in told.dead}, "code"
    )
    yield family(
        "circuit_open_seconds",
        "Since when runs wait for a service that is away.",
        {(one.name,): one.oldest for one in told.circuits},
        "service",
    )
    yield family(
        "round_age_seconds",
        "Since the last round of a task that comes again and again ended.",
        {(one.name,): one.oldest for one in told.rounds},
        "task",
    )
