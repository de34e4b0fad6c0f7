"""The parts of the validity bench: what each needs of the data folder, and the figures that the page shows of it."""

from __future__ import annotations

from pathlib import Path
from statistics import mean

from bench import (
    comprehension,
    conversations,
    diversity,
    fluency,
    grammar,
    grammar_learners,
    grammar_marks,
    invariance,
    pronunciation,
    vocabulary,
)
from bench.figures import Figure, Part, measured
from cli.demo import RECORDING
from config.settings import settings
from pipeline.adapters.minilm import MiniLm
from pipeline.adapters.spacy import Spacy
from workers.local import Analyst

TALKS, CORPUS = "two-speaker-conversations", "speechocean762-train"
ALL_SPEAKERS = 125
"""Of the corpus: with half of them the intervals are wider by two fifths."""
LEARNERS = {"conv06": "S2", "conv07": "S1", "conv08": "S1", "conv09": "S1"}
"""Of the shortest conversations, two minutes each, for what runs the whole plan seven times; the first speaker of conv06
is too unclear to be judged."""


def _talks(data: Path, cache: Path | None) -> list[Figure]:
    return conversations.figures(data / TALKS, cache)


def _pronunciation(data: Path, _cache: Path | None) -> list[Figure]:
    corpus = pronunciation.against_experts(pronunciation.corpus(data / CORPUS))
    shown = ("accuracy, all", "accuracy, adults", "accuracy, children", "floor")
    compared = pronunciation.in_conversations(data / TALKS)
    return [
        *(one for one in corpus if one.name.startswith(shown)),
        *pronunciation.of_conversations(compared),
    ]


def _fluency(data: Path, _cache: Path | None) -> list[Figure]:
    found = fluency.figures(fluency.speakers_of(data / CORPUS, ALL_SPEAKERS))
    return [one for one in found if one.name.startswith((fluency.POINTS, fluency.FLOOR))]


def _vocabulary(data: Path, _cache: Path | None) -> list[Figure]:
    analyzer = Spacy()
    found = vocabulary.figures(vocabulary.essays(data / "ellipse", analyzer), analyzer)
    shown = (f"vocabulary {vocabulary.POINTS}", f"vocabulary {vocabulary.FLOOR} and")
    return [one for one in found if one.name.startswith(shown)]


def _grammar(data: Path, _cache: Path | None) -> list[Figure]:
    return grammar.figures(data)


def _marks(data: Path, _cache: Path | None) -> list[Figure]:
    return grammar_marks.figures(data)


def _essays(data: Path, _cache: Path | None) -> list[Figure]:
    found = grammar_learners.figures(grammar_learners.essays(data))
    shown = ("points", "errors_per_100_words", "structure_variety", "upper_structure_share")
    return [one for one in found if one.name.startswith(tuple(f"grammar {name}" for name in shown))]


def _comprehension(data: Path, _cache: Path | None) -> list[Figure]:
    file = data / "dialogues" / "dialogues.jsonl.gz"
    dialogues = comprehension.read(file, "dev", comprehension.DIALOGUES)
    found = comprehension.figures(comprehension.trials(dialogues, MiniLm()))
    return [
        one for one in found if one.name.endswith((": fit", "replies against other: shared words"))
    ]


def _diversity(_data: Path, _cache: Path | None) -> list[Figure]:
    return diversity.figures()


def _forms(data: Path, _cache: Path | None) -> list[Figure]:
    analyst = Analyst(settings())
    talks = {data / TALKS / f"{name}.flac": learner for name, learner in LEARNERS.items()}
    moved: dict[str, list[tuple[float, float]]] = {}
    for recording, learner in {RECORDING: "S1", **talks}.items():
        for one in invariance.compare(analyst, recording, learner):
            if one.scored:
                moved.setdefault(one.form, []).append((one.moved, float(one.within)))
    return [
        measured(
            f"{form}: {name}",
            [pair[at] for pair in pairs],
            mean,
            unit="scores",
            higher_is_better=bool(at),
        )
        for form, pairs in moved.items()
        for at, name in enumerate(("mean shift, share of the cap", "share inside the bound"))
    ]


PARTS = {
    "conversations": Part(needs=(TALKS,), measure=_talks),
    "pronunciation": Part(needs=(CORPUS, TALKS), measure=_pronunciation),
    "fluency": Part(needs=(CORPUS,), measure=_fluency),
    "vocabulary": Part(needs=("ellipse",), measure=_vocabulary),
    "diversity": Part(needs=(), measure=_diversity),
    "grammar": Part(needs=("sentences", "dialogues"), measure=_grammar),
    "marked-grammar": Part(needs=("ellipse", "dialogues"), measure=_marks),
    "learners-grammar": Part(needs=("ellipse",), measure=_essays),
    "comprehension": Part(needs=("dialogues",), measure=_comprehension),
    "forms": Part(needs=(TALKS,), measure=_forms, slow=True),
}
"""In the order of the page."""
