from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from config.settings import Settings, settings
from embedded.stack import Stack
from models.database import Sessions, connect, database_url, sessions

LONG = 240.0
"""Seconds for a conversation of two minutes on a machine that is busy with other things."""


@pytest.fixture(scope="package")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """The running stack, one for all tests of the chain: it starts in ten seconds."""
    home = tmp_path_factory.mktemp("home")
    before = dict(os.environ)
    os.environ["COLLOQUY_HOME"] = str(home)
    os.environ.pop("COLLOQUY_SETTINGS", None)
    settings.cache_clear()
    with Stack(home, flower=False) as made:
        settings.cache_clear()
        yield made
    os.environ.clear()
    os.environ.update(before)
    settings.cache_clear()


@pytest.fixture(scope="package")
def given(stack: Stack) -> Settings:
    """What the stack runs with."""
    del stack
    return settings()


@pytest.fixture(scope="package")
def store(given: Settings) -> Iterator[Sessions]:
    """The stack's database."""
    engine = connect(database_url(given))
    yield sessions(engine)
    engine.dispose()
