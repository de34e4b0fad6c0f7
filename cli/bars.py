"""A progress bar a stage, or a line a stage where there is no terminal."""

from __future__ import annotations

import time
from collections.abc import Sequence
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn


class StageBars:
    """Told `(stage, fraction)`, from any thread; shows on the given console."""

    def __init__(self, stages: Sequence[str], console: Console) -> None:
        self._console = console
        self._started: dict[str, float] = {}
        self._done: set[str] = set()
        self._progress = Progress(
            TextColumn("  {task.description:<14}"),
            BarColumn(bar_width=32),
            TextColumn("{task.percentage:>4.0f} %"),
            TimeElapsedColumn(),
            TextColumn("[dim]{task.fields[note]}"),
            console=console,
            disable=not console.is_terminal,
        )
        self._tasks: dict[str, TaskID] = {
            name: self._progress.add_task(name, total=1.0, start=False, note="") for name in stages
        }

    def __enter__(self) -> Self:
        """Show the bars."""
        self._progress.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Leave the last picture standing."""
        self._progress.stop()

    def __call__(self, stage: str, fraction: float, note: str = "") -> None:
        """Move one bar; the first call starts its clock, 1.0 stops it."""
        task = self._tasks[stage]
        if stage not in self._started:
            self._started[stage] = time.monotonic()
            self._progress.start_task(task)
        self._progress.update(task, completed=fraction, note=note)
        if fraction >= 1.0 and stage not in self._done:
            self._done.add(stage)
            self._progress.stop_task(task)
            if not self._console.is_terminal:
                seconds = time.monotonic() - self._started[stage]
                self._console.print(f"  {stage:<14} done {seconds:7.1f} s  {note}".rstrip())
