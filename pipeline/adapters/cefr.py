"""CEFR levels by the CEFR-J and Octanove vocabulary profiles."""

from __future__ import annotations

import csv
from functools import cached_property
from importlib.resources import files

FILES = ("cefrj-vocabulary-profile-1.5.csv", "octanove-vocabulary-profile-c1c2-1.0.csv")
PARTS = {
    "NOUN": {"noun"},
    "VERB": {"verb", "be-verb", "do-verb", "have-verb"},
    "AUX": {"modal auxiliary", "be-verb", "do-verb", "have-verb", "infinitive-to"},
    "ADJ": {"adjective"},
    "ADV": {"adverb"},
    "DET": {"determiner"},
    "PRON": {"pronoun"},
    "ADP": {"preposition"},
    "CCONJ": {"conjunction"},
    "SCONJ": {"conjunction"},
    "NUM": {"number"},
    "INTJ": {"interjection"},
}
"""Universal parts of speech to the lists' own."""


class CefrLists:
    """CEFR-J 1.5 for A1 to B2, Octanove 1.0 for C1 and C2; where they differ the lower level holds."""

    @property
    def engine(self) -> str:
        """The two lists' versions."""
        return "cefr-j 1.5 octanove 1.0 A1 first"

    @cached_property
    def _levels(self) -> tuple[dict[tuple[str, str], str], dict[str, str]]:
        exact: dict[tuple[str, str], str] = {}
        lowest: dict[str, str] = {}
        for name in FILES:
            text = files("pipeline").joinpath("data", name).read_text("utf-8-sig")
            for row in csv.DictReader(text.splitlines()):
                if not row["CEFR"].strip():
                    continue  # Octanove leaves one word without a level
                for form in row["headword"].casefold().split("/"):
                    key, level = (form.strip(), row["pos"].strip()), row["CEFR"].strip()
                    exact[key] = min(exact.get(key, level), level)
                    lowest[key[0]] = min(lowest.get(key[0], level), level)
        return exact, lowest

    def level(self, lemma: str, pos: str) -> str | None:
        """The level as that part of speech, else the lemma's lowest; None where no list has it.

        What is A1 as any part of speech is A1: the lists have "good" as a noun at B2, and which it is a parser guesses.
        """
        exact, lowest = self._levels
        if lowest.get(lemma) == "A1":
            return "A1"
        found = [exact[lemma, part] for part in PARTS.get(pos, ()) if (lemma, part) in exact]
        return min(found) if found else lowest.get(lemma)
