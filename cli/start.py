"""Where the `colloquy` command begins: a stage of another package that cannot join is told in one sentence too."""

from __future__ import annotations

import sys

from pipeline.errors import ColloquyError


def main() -> None:
    """Run the command."""
    try:
        from cli.main import main as run  # noqa: PLC0415 - the plan is made by this import
    except ColloquyError as error:
        if "--debug" in sys.argv[1:]:
            raise
        sys.stderr.write(f"error: {error.sentence}\n")
        sys.exit(1)
    run()
