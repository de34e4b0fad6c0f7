"""What every grammar checker must find in French, and what it must leave alone, as the grammar stage counts it."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.errors import PermanentError
from pipeline.ports import GrammarChecker
from pipeline.slips import slips
from pipeline.sound_alikes import sound_alike

TALK = Path(__file__).with_name("french-talk.txt")
"""Everyday talk of native speakers, made up: "ne" left out, "on" for "nous", "y a", sentences without a verb."""
WRONG = (
    ("Nous avons allé au cinéma.", "avons", "verb-form"),
    ("Je suis vingt ans.", "suis", "verb-form"),
    ("Si j'aurais de l'argent, j'achèterais une maison.", "aurais", "verb-form"),
    ("Il faut que je vais à l'école.", "vais", "verb-form"),
    ("Le fille est belle.", "Le fille", "noun-agreement"),
    ("Il a pris son voiture.", "son voiture", "noun-agreement"),
    ("Ma sœur est content.", "content", "noun-agreement"),
    ("Les gens est sympas.", "est", "agreement"),
    ("Tout le monde sont contents.", "sont", "agreement"),
    ("Je veux aller à le cinéma.", "à le", "preposition"),
    ("J'ai beaucoup des amis.", "beaucoup des", "preposition"),
    ("Je pense que il est gentil.", "que il", "elision"),
    ("Je ne pas aime le café.", "ne pas aime", "word-order"),
    ("C'est plus bon que l'autre.", "plus bon", "comparative"),
)
"""A sentence, the slip in it, its family."""
UNHEARD = (
    "Mes parents habite à Londres.",
    "Tu va bien ?",
    "Elle est allé à la maison.",
    "Cette homme est mon voisin.",
    "Ils sont très content.",
)
"""Wrong in writing, but said as what is right."""


def counted(checker: GrammarChecker, texts: tuple[str, ...]) -> list[list[tuple[str, str]]]:
    """Of each text the words and the family of the findings that the grammar stage counts."""
    found = []
    for text, findings in zip(texts, checker.check(texts, "fr"), strict=True):
        kept = []
        for one in findings:
            family, said = slips("fr").family(one.rule, one.category), text[one.start : one.end]
            if family and not any(sound_alike("fr", said, better) for better in one.suggestions):
                kept.append((said, family.name))
        found.append(kept)
    return found


class FrenchGrammarContract:
    """A subclass has the fixture `checker`."""

    def test_slips_that_one_hears_are_found_where_they_stand(self, checker: GrammarChecker) -> None:
        found = counted(checker, tuple(text for text, _, _ in WRONG))
        assert found == [[(said, family)] for _, said, family in WRONG]

    def test_what_one_does_not_hear_is_found_and_does_not_count(
        self, checker: GrammarChecker
    ) -> None:
        assert all(checker.check(UNHEARD, "fr"))
        assert counted(checker, UNHEARD) == [[]] * len(UNHEARD)

    def test_native_talk_has_no_slips(self, checker: GrammarChecker) -> None:
        lines = tuple(TALK.read_text(encoding="utf-8").splitlines())
        assert len(lines) == 76
        assert [one for one in counted(checker, lines) if one] == []

    def test_offsets_are_code_points(self, checker: GrammarChecker) -> None:
        text = "🙂🙂 Très bien 🙂, je veux aller à le cinéma."
        assert counted(checker, (text,)) == [[("à le", "preposition")]]

    def test_both_languages_are_served_in_turn(self, checker: GrammarChecker) -> None:
        for _ in range(2):
            assert checker.check(["He go to school."], "en")[0]
            assert checker.check(["Le fille est belle."], "fr")[0]
        with pytest.raises(PermanentError, match="'xx'"):
            checker.check(["Le fille est belle."], "xx")
