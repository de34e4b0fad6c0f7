from __future__ import annotations

import json
import re
from threading import Barrier

import pytest

from config.settings import Settings
from pipeline.adapters import languagetool, languagetool_client
from pipeline.adapters.languagetool import (
    BEYOND,
    BEYOND_CATEGORIES,
    VARIANTS,
    LanguageToolServer,
)
from pipeline.adapters.lingotweaker import LingoTweaker
from pipeline.errors import PermanentError, UnavailableError
from pipeline.ports import GrammarChecker
from pipeline.slips import slips
from tests.answers import Grammar, answering, grammar_server, silent
from tests.contract.french import FrenchGrammarContract
from tests.contract.grammar import ASTRAL, CLEAN, NEIGHBOURS, SLIP, GrammarCheckerContract
from tests.servers import free_port
from workers import toolbox

SPOKEN = (
    SLIP,
    CLEAN,
    ASTRAL,
    "She don't likes it, and I must to go.",
    "There is a lot of people who is more taller than me.",
)


@pytest.fixture(scope="module")
def checker(real: Settings) -> GrammarChecker:
    return toolbox.grammar_server(real)


@pytest.mark.servers
class TestLanguageToolServer(GrammarCheckerContract):
    def test_every_batch_finds_what_its_texts_alone_have(self, real: Settings) -> None:
        texts = [*SPOKEN, *NEIGHBOURS] * 3

        def found(fill: int) -> object:
            server = LanguageToolServer(real.grammar.url or "", ca=real.grammar.ca, fill=fill)
            return server.check(texts, "en")

        alone = found(1)
        for fill in (60, 300, 4000):
            assert found(fill) == alone

    def test_a_text_that_is_too_long_for_a_request_is_checked(
        self, checker: GrammarChecker
    ) -> None:
        text = "He go home 🙂. " * 2000
        (slips,) = checker.check([text], "en")
        verbs = [text[one.start : one.end] for one in slips if one.rule == "HE_VERB_AGR"]
        assert verbs == ["go"] * 2000

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


def found(texts: list[str], server: LanguageToolServer) -> list[list[str]]:
    """What was found in each text, as it stands there."""
    answers = server.check(texts, "en")
    return [
        [text[one.start : one.end] for one in answer]
        for text, answer in zip(texts, answers, strict=True)
    ]


def test_many_texts_go_in_one_request_and_findings_come_back_to_each() -> None:
    texts = ["zzz", "", "🙂 zzz 🙂🙂 zzz", "fine", " ", "É𐍈zzz"]
    with grammar_server(grammar=(asked := Grammar())) as url:
        server = LanguageToolServer(url)
        assert found(texts, server) == [["zzz"], [], ["zzz", "zzz"], [], [], ["zzz"]]
        assert server.check(["", " "], "en") == [(), ()]
    assert asked.asked == ["zzz\n\n🙂 zzz 🙂🙂 zzz\n\nfine\n\nÉ𐍈zzz"]


def test_no_request_is_longer_than_the_server_takes() -> None:
    texts = ["one 🙂 zzz.", "A zzz 🙂. " * 9, "zzz"]
    asked = Grammar(most=40, takes=40)
    with grammar_server(grammar=asked) as url:
        assert found(texts, LanguageToolServer(url)) == [["zzz"], ["zzz"] * 9, ["zzz"]]
        asked.most = asked.takes = 30
        assert found(texts, LanguageToolServer(url)) == [["zzz"], ["zzz"] * 9, ["zzz"]]
    assert len(asked.asked) > len(texts)


def test_a_limit_that_is_lower_than_it_was_told_is_the_operators_to_mend() -> None:
    with (
        grammar_server(grammar=Grammar(takes=10)) as url,
        pytest.raises(UnavailableError, match="as long as it says") as told,
    ):
        LanguageToolServer(url).check(["A longer text."], "en")
    assert told.value.code == "grammar-too-long"
    assert "maxTextLength" in told.value.advice


def test_a_proxys_413_is_told_as_one() -> None:
    body = "<html><h1>413 Request Entity Too Large</h1></html>"
    with answering(413, body) as url, pytest.raises(UnavailableError) as told:
        LanguageToolServer(url).check([SLIP], "en")
    assert told.value.code == "grammar-too-long"


def test_two_requests_are_on_their_way_at_once_and_no_more() -> None:
    asked = Grammar(together=Barrier(languagetool.AT_ONCE))
    with grammar_server(grammar=asked) as url:
        texts = [f"zzz {n}" for n in range(5 * languagetool.AT_ONCE)]
        assert found(texts, LanguageToolServer(url, fill=1)) == [["zzz"]] * len(texts)
    assert (asked.at_once, len(asked.asked)) == (languagetool.AT_ONCE, len(texts))


def test_no_rule_that_looks_beyond_its_text_counts() -> None:
    for language in VARIANTS:
        assert not [one for one in BEYOND if slips(language).family(one)]
        assert not BEYOND_CATEGORIES & set(slips(language).categories)


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
    monkeypatch.setattr(languagetool_client, "PATIENCE", 0.2)
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
