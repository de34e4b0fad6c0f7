"""`python -m tests.chaos --kills 1000 --seed 7`: prints the verdict's line; 1 where something is wrong."""

from __future__ import annotations

import argparse
import logging
import random
import sys
import tempfile
import time
from pathlib import Path

from tests.chaos.chaos import run

FIXTURES = Path(__file__).parents[1] / "fixtures"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--seed", type=int, default=None, help="repeats a schedule")
    parser.add_argument("--home", type=Path, default=None, help="keeps all data and logs there")
    given = parser.parse_args()
    seed = random.randrange(10**6) if given.seed is None else given.seed  # noqa: S311 - no secret
    logging.basicConfig(format="%(message)s", stream=sys.stderr)
    logging.getLogger("chaos").setLevel(logging.INFO)
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="colloquy-chaos-") as folder:
        verdict = run(given.home or Path(folder), FIXTURES, kills=given.kills, seed=seed)
    for one in verdict.wrong:
        print(one, file=sys.stderr)
    print(f"seed {seed}, {time.monotonic() - began:.0f} s", file=sys.stderr)
    print(verdict.line)
    return 1 if verdict.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
