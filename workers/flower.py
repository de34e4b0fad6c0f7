"""Flower with a password: `python -m workers.flower`. What it shows is only looked at, never changed there."""

from __future__ import annotations

import sys
from pathlib import Path

from config.settings import settings
from workers.app import app

OPTIONS = Path(__file__).with_name("flowerconfig.py")


def main() -> None:
    """Serve until SIGTERM or SIGINT."""
    if settings().flower.password is None:
        sys.exit(
            "Flower needs a password: set COLLOQUY_FLOWER__PASSWORD, or the secret of that name."
        )
    app.start(["flower", f"--conf={OPTIONS}"])


if __name__ == "__main__":
    main()
