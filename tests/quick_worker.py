"""A real worker, as `python -m tests.quick_worker worker`, whose engines are the quick fakes."""

from __future__ import annotations

import sys
from dataclasses import replace

from config.settings import settings
from tasks.services import Services, provide
from tests.fakes.quick import quick_tools
from workers.app import app
from workers.services import make


def _services() -> Services:
    made = make(settings())
    return replace(made, tools={**made.tools, **quick_tools()})


provide(_services)

if __name__ == "__main__":
    app.start(sys.argv[1:])
