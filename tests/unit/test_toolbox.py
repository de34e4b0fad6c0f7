from __future__ import annotations

import subprocess
import sys

import pytest
from pydantic import SecretStr
from sqlalchemy.orm import sessionmaker

from config.settings import GrammarSettings, MediaSettings, SearchSettings, Settings
from models.search import PostgresSearch
from pipeline.adapters.elasticsearch import ElasticsearchIndex
from pipeline.adapters.languagetool import LanguageToolServer
from pipeline.adapters.lingotweaker import LingoTweaker
from pipeline.errors import PermanentError
from pipeline.plan import ANALYSIS, PLAN
from tests.fakes.uploads import MemoryUploads
from workers.toolbox import Toolbox, grammar_checker, rubric, s3_media, search_index


@pytest.fixture
def given() -> Settings:
    return Settings.model_construct(
        media=MediaSettings(access_key=SecretStr("k"), secret_key=SecretStr("hush"))
    )


def test_there_is_a_tool_for_every_parameter_of_the_plan() -> None:
    wanted = {name for one in PLAN.stages for name in one.tools}
    tools = Toolbox(Settings(), media=MemoryUploads(), sessions=sessionmaker())
    assert wanted <= set(tools)
    assert len(tools) == len(set(tools))


def test_without_a_database_the_analysis_has_its_tools() -> None:
    tools = Toolbox(Settings(), media=MemoryUploads())
    assert {name for one in ANALYSIS.stages for name in one.tools} <= set(tools)
    assert "evaluations" not in tools
    with pytest.raises(KeyError):
        tools["evaluations"]


def test_a_tool_is_made_once() -> None:
    tools = Toolbox(Settings(), media=MemoryUploads())
    assert tools["decoder"] is tools["decoder"]


def test_making_and_naming_every_tool_loads_no_model() -> None:
    heavy = (
        *("torch", "pyannote.core", "sklearn", "faster_whisper", "spacy", "av", "matplotlib"),
        "sentence_transformers",
    )
    script = (
        "import sys\n"
        "from config.settings import Settings\n"
        "from tests.fakes.uploads import MemoryUploads\n"
        "from workers.toolbox import Toolbox\n"
        "tools = Toolbox(Settings(), media=MemoryUploads())\n"
        "names = [tool.engine for tool in tools.values()]\n"
        f"print([one for one in {heavy!r} if one in sys.modules], len(names))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout == f"[] {len(Toolbox(Settings(), media=MemoryUploads()))}\n"


def test_a_configured_server_stands_behind_its_port() -> None:
    store = sessionmaker()
    away = Settings(
        grammar=GrammarSettings(url="http://127.0.0.1:1"),
        search=SearchSettings(url="http://127.0.0.1:1"),
    )
    assert isinstance(grammar_checker(away), LanguageToolServer)
    assert isinstance(search_index(away, store), ElasticsearchIndex)
    here = Settings(grammar=GrammarSettings(), search=SearchSettings())
    assert isinstance(grammar_checker(here), LingoTweaker)
    assert isinstance(search_index(here, store), PostgresSearch)


def test_an_unknown_rubric_names_those_that_there_are() -> None:
    with pytest.raises(PermanentError, match=r"no rubric '1999'") as told:
        rubric("1999")
    assert Settings().stages.rubric in told.value.advice


def test_secrets_reach_the_client_and_no_log(given: Settings) -> None:
    media = s3_media(given)
    assert media._access["secret_key"] == "hush"  # noqa: S105 - made up
    assert "hush" not in repr(given)
