"""A fake of the grammar checker: a table of phrases instead of rules."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from pipeline.errors import PermanentError
from pipeline.ports import GrammarFinding


@dataclass(frozen=True, slots=True)
class Slip:
    """What the table says of a phrase: `part` is the slip inside it."""

    rule: str
    part: str
    better: str


@dataclass
class FakeGrammarChecker:
    """Finds the table's phrases, whatever their case; keeps the texts it was asked about."""

    table: Mapping[str, Slip] = field(
        default_factory=lambda: {
            "he go": Slip("HE_VERB_AGR", "go", "goes"),
            "many book": Slip("MANY_NN", "many book", "many books"),
            "a apple": Slip("EN_A_VS_AN", "a", "an"),
        }
    )
    engine: str = "fake checker"
    asked: list[str] = field(default_factory=list)

    def check(self, texts: Sequence[str], language: str) -> list[tuple[GrammarFinding, ...]]:
        """Knows English only, as the engine in this process does."""
        if language != "en":
            raise PermanentError(f"No grammar for {language!r}.", code="language")
        self.asked += texts
        return [tuple(self._findings(text)) for text in texts]

    def _findings(self, text: str) -> list[GrammarFinding]:
        found = []
        for phrase, slip in self.table.items():
            inside = phrase.index(slip.part)
            for one in re.finditer(rf"\b{re.escape(phrase)}\b", text, re.IGNORECASE):
                start = one.start() + inside
                found.append(
                    GrammarFinding(
                        start=start,
                        end=start + len(slip.part),
                        rule=slip.rule,
                        category="GRAMMAR",
                        message=f"Better: “{slip.better}”.",
                        suggestions=(slip.better,),
                    )
                )
        return sorted(found, key=lambda one: one.start)
