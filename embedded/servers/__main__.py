"""`python -m embedded.servers start|stop|status`: what `make services` calls."""

from __future__ import annotations

import sys

from rich.console import Console
from rich.table import Table

from embedded.servers.fleet import Fleet
from pipeline.errors import ColloquyError

out = Console(highlight=False)


def main(verb: str) -> int:
    """0 done, 1 failed with a sentence, 2 wrong use."""
    fleet = Fleet()
    try:
        if verb == "start":
            fleet.start(out.print)
            _show(fleet)
            out.print(f"COLLOQUY_SETTINGS={fleet.settings_file}", markup=False, soft_wrap=True)
        elif verb == "stop":
            fleet.stop(out.print)
        elif verb == "status":
            _show(fleet)
        else:
            sys.stderr.write("use: python -m embedded.servers start|stop|status\n")
            return 2
    except ColloquyError as error:
        sys.stderr.write(f"error: {error.sentence}\n")
        return 1
    return 0


def _show(fleet: Fleet) -> None:
    table = Table(box=None, pad_edge=False)
    for name in ("server", "version", "port", "pid", "start s", "memory MB"):
        table.add_column(name, justify="left" if name in {"server", "version"} else "right")
    for one in fleet.lines():
        table.add_row(
            one.name,
            one.version,
            str(one.port),
            str(one.pid),
            f"{one.seconds:.1f}",
            f"{one.megabytes:.0f}",
        )
    out.print(table)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1] if len(sys.argv) == 2 else ""))  # noqa: PLR2004 - itself and the verb
