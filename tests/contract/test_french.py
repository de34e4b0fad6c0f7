"""French on the engines that ship: what is measured, what is found, and what is not there."""

from __future__ import annotations

from importlib.metadata import distribution
from pathlib import Path

import pytest

from pipeline.adapters import languagetool, lingotweaker, spacy
from pipeline.adapters.cefr import CefrLists
from pipeline.adapters.faster_whisper import FasterWhisper, _rejoined
from pipeline.adapters.lingotweaker import LingoTweaker
from pipeline.adapters.spacy import Spacy
from pipeline.adapters.wordfreq import WordFreq
from pipeline.enough import ENGLISH_ONLY
from pipeline.errors import PermanentError
from pipeline.languages import languages
from pipeline.ports import GrammarChecker, Token
from pipeline.reports import GrammarReport, VocabularyReport
from pipeline.slips import slips
from pipeline.stages.comprehension import comprehension
from pipeline.stages.grammar import grammar
from pipeline.stages.vocabulary import vocabulary
from pipeline.values import Span, Utterance
from tests import factories
from tests.contract.french import FrenchGrammarContract
from tests.fakes.text import FakeSentenceVectors

SAID = (
    "P: Qu'est-ce que tu as fait hier ?",
    "L: Hier (euh) j'ai allé au marché avec mon copain et nous avons acheté un grand poisson.",
    "P: Et après ?",
    "L: Nous [nous] nous sommes promenés, et puis nous avons mangé un soupe à la maison de ma grand-mère.",
    "P: C'était bon ?",
    "L: Très bon ! Elle cuisine très bien, et je veux apprendre. Mes cousins habite~ chez elle, ils sont petit.",
    "P: Tu la vois souvent ?",
    "L: Oui, tous les dimanches, parce que elle habite près de chez nous.",
    "L: Yesterday we went to the beach and it was very nice for all of us.",
)
TALK = factories.dialogue(*SAID, language="fr")
SERVER = Path(__file__).parents[2] / "embedded/servers/data/languagetool-pom.xml"


@pytest.fixture(scope="module")
def checker() -> GrammarChecker:
    return LingoTweaker()


@pytest.fixture(scope="module")
def analyzer() -> Spacy:
    return Spacy()


class TestLingoTweaker(FrenchGrammarContract):
    pass


@pytest.fixture(scope="module")
def grammar_report(checker: GrammarChecker, analyzer: Spacy) -> GrammarReport:
    return grammar(TALK, grammar_checker=checker, text_analyzer=analyzer)


@pytest.fixture(scope="module")
def words(analyzer: Spacy) -> VocabularyReport:
    return vocabulary(
        factories.upload(topic="Le marché"),
        TALK,
        text_analyzer=analyzer,
        word_frequencies=WordFreq(),
        level_list=CefrLists(),
    )


def lemmas(tokens: tuple[Token, ...]) -> list[str]:
    return [one.lemma for one in tokens if one.pos != "PUNCT"]


def test_every_language_of_the_table_has_its_engines() -> None:
    for code in languages():
        assert code in spacy.MODELS
        assert code in lingotweaker.VARIANTS
        assert code in languagetool.VARIANTS
        assert f"<artifactId>language-{code}</artifactId>" in SERVER.read_text("utf-8")
        assert slips(code).families
        assert WordFreq().zipf("radio", code) > 3


def test_every_french_rule_that_is_named_is_there() -> None:
    rules = Path(str(distribution("lingotweaker-data-fr").locate_file("lingotweaker_data_fr")))
    text = (rules / "data/fr/rules/grammar.xml").read_text("utf-8")
    known = slips("fr")
    for rule in (*known.families, *known.off):
        assert f'id="{rule}"' in text, rule
    for category in known.categories:
        assert f'id="{category}"' in text, category
    assert not known.families.keys() & known.off.keys()
    assert {one.severity for one in known.families.values()} <= known.weights.keys()


def test_french_words_have_lemmas_and_parts_of_speech(analyzer: Spacy) -> None:
    texts = ["Tu fais quoi ce soir ?", "J\u2019ai vu l\u2019homme, et puis elle mange.", ""]
    question, told, nothing = analyzer.analyze(texts, "fr")
    assert lemmas(question) == ["tu", "faire", "quoi", "ce", "soir"]
    assert lemmas(told) == ["je", "avoir", "voir", "le", "homme", "et", "puis", "elle", "manger"]
    assert [one.pos for one in told][:5] == ["PRON", "AUX", "VERB", "DET", "NOUN"]
    assert [texts[1][one.start : one.end] for one in told] == [one.text for one in told]
    assert nothing == ()


def test_a_language_without_a_model_is_refused(analyzer: Spacy) -> None:
    with pytest.raises(PermanentError, match="'xx'"):
        analyzer.analyze(["Tu fais quoi ?"], "xx")


def test_slips_are_found_with_their_place_and_what_is_not_heard_costs_nothing(
    grammar_report: GrammarReport,
) -> None:
    found = {(one.text, one.type): one for one in grammar_report.errors}
    assert {name for name, one in found.items() if one.counted} == {
        ("j'ai", "verb-form"),
        ("un soupe", "noun-agreement"),
        ("que elle", "elision"),
    }
    assert found["un soupe", "noun-agreement"].suggestion == "une soupe", "not “un soupé”"
    unheard = found["habite", "agreement"]
    assert unheard.why_not_counted == "It cannot be heard: “habitent” sounds the same."
    assert all(one.source == "languagetool" for one in found.values())


def test_grammar_has_no_english_measures(grammar_report: GrammarReport) -> None:
    assert grammar_report.insufficient is None
    rate = grammar_report.metric("errors_per_100_words")
    clauses = grammar_report.metric("clauses_per_sentence")
    assert rate is not None
    assert clauses is not None
    assert rate.n == 63, "the turn in English counts for nothing"
    assert rate.value == pytest.approx(100 * (1.5 + 1.0 + 0.5) / 63, abs=1e-3)
    assert clauses.value > 1
    assert grammar_report.metric("structure_variety") is None
    assert grammar_report.metric("upper_structure_share") is None
    assert {one.metric for one in grammar_report.observations} == {"errors_per_100_words"}


def test_words_are_measured_without_levels(words: VocabularyReport) -> None:
    assert words.insufficient is None
    assert {one.cefr for one in words.lemmas} == {None}
    assert not any(one.is_advanced for one in words.lemmas)
    by_lemma = {one.lemma: one for one in words.lemmas}
    assert by_lemma["nous"].frequency == 5, "what was taken back is not counted"
    assert "euh" not in by_lemma
    assert by_lemma["poisson"].complexity is not None
    assert by_lemma["marché"].appropriateness is None
    for name in ("mattr", "mtld", "rarer_words", "mean_zipf", "zipf_5_share"):
        assert words.metric(name) is not None, name
    assert not [one.name for one in words.metrics if "level" in one.name or "advanced" in one.name]
    assert words.metric("independent_words") is None


def test_replies_are_judged_in_english_only() -> None:
    found = comprehension(TALK, sentence_vectors=FakeSentenceVectors())
    assert found.insufficient == ENGLISH_ONLY.format(language="French")
    assert found.metrics == ()


def test_what_the_recogniser_parts_at_an_apostrophe_is_one_word() -> None:
    parted = Utterance(
        start=5.0,
        end=6.0,
        words=(
            factories.word("de", start=5.0, end=5.2, probability=0.9),
            factories.word("l", start=5.2, end=5.4, probability=0.8),
            factories.word("'eau", start=5.4, end=5.9, probability=0.6),
        ),
        mean_log_probability=-0.2,
        no_speech_probability=0.0,
        compression_ratio=1.0,
    )
    found = _rejoined(parted).words
    assert [(one.text, one.start, one.end, one.probability) for one in found] == [
        ("de", 5.0, 5.2, 0.9),
        ("l'eau", 5.2, 5.9, 0.6),
    ]


def test_the_recogniser_that_ships_refuses_french(fixtures: Path) -> None:
    with pytest.raises(PermanentError, match="in French") as told:
        FasterWhisper(None).transcribe(
            fixtures / "french.ogg", [Span(start=0, end=5)], "fr", lambda _: None
        )
    assert "French (fr), recordings in English (en)" in told.value.advice
