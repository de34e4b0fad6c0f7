"""A real worker, as `python -m tests.quick_worker worker`, whose engines are the quick fakes.

A grammar server that the settings name is asked, though.
"""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import cast

from config.settings import settings
from pipeline.ports import SearchIndex
from tasks.services import Services, provide
from tests.fakes.quick import GatedSearch, quick_tools
from workers.app import app
from workers.services import make


def _services() -> Services:
    given = settings()
    made = make(given)
    tools = {**made.tools, **quick_tools()}
    tools["search_index"] = GatedSearch(cast("SearchIndex", made.tools["search_index"]))
    if given.grammar.url:
        tools["grammar_checker"] = made.tools["grammar_checker"]
    return replace(made, tools=tools)


provide(_services)

if __name__ == "__main__":
    app.start(sys.argv[1:])
