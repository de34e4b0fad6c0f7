"""Migrates a database made for it and compares: the check that `make check` runs."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from embedded.postgres import Postgres
from models.migrate import check, upgrade


def main() -> int:
    """0 when migrations and models agree."""
    with tempfile.TemporaryDirectory() as folder:
        server = Postgres(Path(folder))
        server.start()
        try:
            upgrade(server.url)
            differences = check(server.url)
        finally:
            server.stop()
    sys.stdout.write("\n".join(differences or ["migrations and models agree"]) + "\n")
    return 1 if differences else 0


if __name__ == "__main__":
    sys.exit(main())
