"""The schedule: which fault comes when, drawn from a seed, and how each begins and ends."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import psutil

from tests.chaos.proxy import Proxy
from tests.chaos.world import AN_HOUR, PROCESSES, WORKERS, WRONG, World

MEAN_GAP = 1.2
"""Seconds between two faults on average, on an idle machine: less than a run takes, so that most are hit."""

KINDS = {
    "kill worker": 8,
    "kill pool process": 50,
    "kill beat": 4,
    "kill intake": 8,
    "kill broker": 4,
    "kill broker and lose its data": 3,
    "kill database": 3,
    "out of memory": 8,
    "restart broker": 3,
    "restart database": 2,
    "cut broker": 3,
    "cut database": 3,
    "cut storage": 3,
    "stall broker": 2,
    "stall database": 2,
    "stall storage": 2,
    "fill disk": 3,
}
"""How often each is drawn, by weight: what happens often in a cluster is frequent here, and all happens."""

FILES = {"of": "out-of-memory", "disk": "disk-full"}
"""By target, the file that processes obey."""

LONGEST = 3.0
"""Seconds that something stays broken at most: several lease checks and reconnections fall into it."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One line of the schedule; `chance` picks what it hits, where there are several."""

    gap: float
    """Seconds after the one before."""
    kind: str
    lasts: float
    chance: float

    @property
    def target(self) -> str:
        """What is away meanwhile; two faults of one target do not overlap."""
        if self.kind == "kill worker":
            return WORKERS[self.chance < 0.5]
        return self.kind.split()[1]

    @property
    def kills(self) -> bool:
        return self.kind.startswith(("kill", "out"))


def schedule(seed: int) -> Iterator[Fault]:
    """Endless, and the same for the same seed."""
    dice = random.Random(seed)  # noqa: S311 - chance, no secret
    while True:
        yield Fault(
            gap=dice.uniform(0, 2 * MEAN_GAP),
            kind=dice.choices(list(KINDS), list(KINDS.values()))[0],
            lasts=dice.uniform(0, LONGEST),
            chance=dice.random(),
        )


def begin(world: World, fault: Fault) -> Callable[[], object] | None:
    """Break it, and say how it is mended; None where there was nothing to break.

    A mend that gives False says that the fault hit nobody.
    """
    target = fault.target
    if target in PROCESSES:
        return _killed_process(world, fault)
    if target in FILES:
        return _file(world, FILES[target])
    if fault.kind.startswith(("cut", "stall")):
        return _network(world.proxies[target], fault)
    return _killed_child(world, fault) if target == "pool" else _server(world, fault)


def _network(proxy: Proxy, fault: Fault) -> Callable[[], object]:
    (proxy.cut if fault.kind.startswith("cut") else proxy.stall)()
    return proxy.heal


def _server(world: World, fault: Fault) -> Callable[[], object]:
    (world.kill_server if fault.kills else world.interrupt_server)(fault.target)
    if fault.kind.endswith("lose its data"):
        world.empty_broker()
    return lambda: world.start_server(fault.target)


def _killed_process(world: World, fault: Fault) -> Callable[[], object] | None:
    if not world.alive(fault.target):
        return None
    world.kill(fault.target)
    if fault.target == WRONG:
        world.clocks[WRONG] = AN_HOUR if fault.chance < 0.25 else -AN_HOUR
    return lambda: world.launch(fault.target)


def _killed_child(world: World, fault: Fault) -> Callable[[], object] | None:
    pool = [one for name in WORKERS if world.alive(name) for one in world.pool(name)]
    if not pool:
        return None
    try:
        pool[int(fault.chance * len(pool))].kill()
    except psutil.NoSuchProcess:
        # It has just ended with its worker.
        return None
    return lambda: None


def _file(world: World, name: str) -> Callable[[], object]:
    path = world.faults / name
    path.touch()

    def taken_away() -> bool:
        was_there = path.exists()
        path.unlink(missing_ok=True)
        # Who dies of too little memory removes the file before.
        return not was_there

    return taken_away
