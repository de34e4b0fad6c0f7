"""Work on many conversations in a few processes of this command."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from contextlib import AbstractContextManager, contextmanager
from multiprocessing import connection, get_context, parent_process
from types import FrameType
from typing import Any, TypeVar

T = TypeVar("T")
R = TypeVar("R")

Begin = Callable[[], AbstractContextManager[Callable[[T], R]]]
"""Makes what a process needs, and gives the function that works on one; it travels to the process."""

WORTH_A_PROCESS = 25
"""Conversations that take as long as a further process needs to start, two seconds."""
NICE = 10
"""Added to the niceness of the pool's processes: workers with new uploads on the same machine go first."""
AHEAD = 4
"""Conversations handed to a process at once: it never waits, and a stop waits for few."""


def spread(begin: Begin[T, R], items: Sequence[T], stop: threading.Event) -> Iterator[R]:
    """What becomes of each, in whatever order; after a stop only of those that were begun."""
    processes = min(os.cpu_count() or 1, len(items) // WORTH_A_PROCESS)
    if processes <= 1:
        with begin() as work:
            for one in items:
                if stop.is_set():
                    return
                yield work(one)
        return
    left = iter(items)
    with ProcessPoolExecutor(
        processes,
        # No copy of this process: its threads and connections would be in an unknown state.
        mp_context=get_context("spawn"),
        initializer=_begin,
        initargs=(begin,),
    ) as pool:
        working: set[Future[Any]] = set()
        while True:
            while not stop.is_set() and len(working) < AHEAD * processes:
                following = next(left, None)
                if following is None:
                    break
                working.add(pool.submit(_work, following))
            if not working:
                return
            finished, working = wait(working, return_when=FIRST_COMPLETED)
            for done in finished:
                yield done.result()


_working: list[tuple[AbstractContextManager[Any], Callable[[Any], Any]]] = []


def _begin(begin: Begin[Any, Any]) -> None:
    """In a process of the pool: the parent alone hears Ctrl-C, and without it there is nothing to do."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.nice(NICE)
    threading.Thread(target=_end_with_parent, name="parent", daemon=True).start()
    made = begin()
    # Kept with its function: it ends with the process.
    _working[:] = [(made, made.__enter__())]


def _end_with_parent() -> None:
    parent = parent_process()
    if parent is not None:
        connection.wait([parent.sentinel])
        os._exit(1)


def _work(one: object) -> object:
    return _working[0][1](one)


@contextmanager
def stopping() -> Iterator[threading.Event]:
    """Set at the first Ctrl-C; a second one interrupts at once."""
    stop = threading.Event()

    def note(number: int, frame: FrameType | None) -> None:
        del number, frame
        if stop.is_set():
            raise KeyboardInterrupt
        stop.set()

    if threading.current_thread() is not threading.main_thread():
        yield stop
        return
    before = signal.signal(signal.SIGINT, note)
    try:
        yield stop
    finally:
        signal.signal(signal.SIGINT, before)
