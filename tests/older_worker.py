"""The quick worker as an earlier release had it: `python -m tests.older_worker worker`; every stage is a version older."""

from __future__ import annotations

import sys
from dataclasses import replace

from pipeline.plan import PLAN

# Before anything takes a stage from it.
object.__setattr__(
    PLAN, "stages", tuple(replace(one, version=one.version - 1) for one in PLAN.stages)
)

from tests import quick_worker  # noqa: E402 - the same
from workers.app import app  # noqa: E402 - the same

assert quick_worker, "it gives the engines"

if __name__ == "__main__":
    app.start(sys.argv[1:])
