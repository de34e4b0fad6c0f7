from __future__ import annotations

import json
import re
from dataclasses import dataclass

import pytest

from config.settings import Settings
from pipeline.adapters import languagetool
from pipeline.adapters.languagetool import LanguageToolServer, _finding
from pipeline.adapters.lingotweaker import LingoTweaker
from pipeline.errors import PermanentError, UnavailableError
from pipeline.ports import GrammarChecker
from tests.answers import answering, silent
from tests.contract.french import FrenchGrammarContract
from tests.contract.grammar import ASTRAL, CLEAN, SLIP, GrammarCheckerContract
from tests.servers import free_port
from workers.toolbox import grammar_server

SPOKEN = (
    SLIP,
    CLEAN,
    ASTRAL,
    "She don't likes it, and I must to go.",
    "There is a lot of people who is more taller than me.",
)


@pytest.fixture(scope="module")
def checker(real: Settings) -> GrammarChecker:
    return grammar_server(real)


@pytest.mark.servers
class TestLanguageToolServer(GrammarCheckerContract):
    def test_the_engine_names_the_version(self, checker: GrammarChecker) -> None:
        assert re.search(r" server \d+\.\d+", checker.engine)

    def test_it_finds_what_the_rules_in_this_process_find(self, checker: GrammarChecker) -> None:
        server, here = checker.check(SPOKEN, "en"), LingoTweaker().check(SPOKEN, "en")
        assert [[(one.start, one.end, one.rule) for one in text] for text in server] == [
            [(one.start, one.end, one.rule) for one in text] for text in here
        ]


@pytest.mark.servers
class TestFrenchOnTheServer(FrenchGrammarContract):
    pass


@dataclass
class Match:
    """As the client makes it: the offset in code points, the length in UTF-16 units."""

    offset: int
    error_length: int
    rule_id: str = "RULE"
    category: str = "GRAMMAR"
    message: str = "Say it otherwise."
    replacements: tuple[str, ...] = ("c", "d", "e", "f")


def test_a_length_in_utf_16_units_becomes_code_points() -> None:
    text = "a 🙂🙂 b 🙂"
    found = _finding(Match(offset=2, error_length=6), text)
    assert text[found.start : found.end] == "🙂🙂 b"
    assert found.suggestions == ("c", "d", "e")


def test_a_server_that_is_away_is_waited_for() -> None:
    away = LanguageToolServer(f"http://127.0.0.1:{free_port()}")
    with pytest.raises(UnavailableError, match="does not answer") as told:
        away.check([SLIP], "en")
    assert (told.value.code, told.value.service) == ("grammar-server", "grammar server")
    with pytest.raises(UnavailableError, match="does not answer"):
        _ = away.engine


def test_the_engine_names_the_servers_version() -> None:
    named = []
    for number in ("6.5", "6.6"):
        with answering(200, json.dumps({"software": {"version": number}})) as url:
            server = LanguageToolServer(url)
            named.append(server.engine)
        assert server.engine == named[-1], "it is asked once"
    assert [one.rpartition(" ")[2] for one in named] == ["6.5", "6.6"]


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (502, "<html>Bad Gateway</html>"),
        (500, "Error: Internal Error"),
        (503, ""),
        (200, "{"),
        (200, ""),
        (404, json.dumps({"error": "no handler"})),
        (200, json.dumps([1])),
    ],
)
def test_another_program_at_the_address_is_told(status: int, body: str) -> None:
    with (
        answering(status, body) as url,
        pytest.raises(UnavailableError, match="not as LanguageTool") as told,
    ):
        LanguageToolServer(url).check([SLIP], "en")
    assert "grammar.url" in told.value.advice
    with (
        answering(status, body) as url,
        pytest.raises(UnavailableError, match="not as LanguageTool"),
    ):
        _ = LanguageToolServer(url).engine


def test_what_is_no_address_is_never_tried_again() -> None:
    with pytest.raises(PermanentError, match="address"):
        LanguageToolServer("not an address").check([SLIP], "en")
    with pytest.raises(PermanentError, match="address"):
        _ = LanguageToolServer("not an address").engine


@pytest.mark.parametrize("ask", ["check", "engine"])
def test_a_server_that_takes_the_question_and_never_answers_is_away(
    monkeypatch: pytest.MonkeyPatch, ask: str
) -> None:
    monkeypatch.setattr(languagetool, "PATIENCE", 0.2)
    with silent() as port, pytest.raises(UnavailableError) as told:
        _ask(LanguageToolServer(f"http://127.0.0.1:{port}"), ask)
    assert told.value.code == "grammar-server"


def _ask(server: LanguageToolServer, ask: str) -> None:
    _ = server.check([SLIP], "en") if ask == "check" else server.engine


def test_a_server_that_comes_back_is_used_by_the_process_that_missed_it() -> None:
    port = free_port()
    server = LanguageToolServer(f"http://127.0.0.1:{port}")
    with pytest.raises(UnavailableError):
        _ = server.engine
    with answering(200, json.dumps({"software": {"version": "6.6"}}), port):
        assert server.engine.endswith(" 6.6")
