"""The quick worker with a decoder that uploads can kill, and little time for it."""

from __future__ import annotations

import sys
from dataclasses import replace

# Before the fork: a process that takes a dead one's place begins with them.
import av
import boto3
import botocore.httpsession

from config.settings import settings
from pipeline.plan import PLAN
from tasks.services import Services, provide
from tasks.stages import TASKS
from tests.fakes.poison import ATTEMPTS, LIMIT, PoisonDecoder
from tests.fakes.quick import quick_tools
from workers.app import app
from workers.services import make

PRELOADED = (av, boto3, botocore.httpsession)
# What is declared stays so, but for a test that cannot wait for an hour.
object.__setattr__(PLAN["decode"], "time_limit", LIMIT)
object.__setattr__(PLAN["decode"], "attempts", ATTEMPTS)
TASKS["decode"].time_limit = LIMIT


def _services() -> Services:
    made = make(settings())
    kept = {name: made.tools[name] for name in ("media", "rubric", "evaluations", "search_index")}
    return replace(made, tools={**kept, **quick_tools(), "decoder": PoisonDecoder()})


provide(_services)

if __name__ == "__main__":
    app.start(sys.argv[1:])
