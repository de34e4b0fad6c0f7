"""What every grammar checker must do; the modules beside say which ones are asked."""

from __future__ import annotations

import pytest

from pipeline.errors import PermanentError
from pipeline.ports import GrammarChecker

CLEAN = "I live in a small town."
SLIP = "He go to school."
ASTRAL = "É naïve 🙂🙂, he go home 🙂. Now I have many book."
NEIGHBOURS = (
    "I like it here",
    "I like my town and,",
    "he go home",
    "I live near the river (",
    "my friend Mr.",
    "Go to school every day)",
    "I work there: ",
    "goes well, and 🙂",
    "🙂 he go home with a lot of",
    "people. I think that",
    "she don't likes \"it",
    "it, etc.",
    "and he have a car!",
    "\n",
    "I think so\n\nhe go too",
    "Many book e.g.",
    "I",
    "has a dog. He was very tired, so he did not go",
    "home",
)
"""Each tempts a checker to read on in the next, or to look back."""


class GrammarCheckerContract:
    """A subclass has the fixture `checker`."""

    def test_it_names_itself(self, checker: GrammarChecker) -> None:
        assert checker.engine

    def test_a_slip_has_rule_category_message_and_correction(self, checker: GrammarChecker) -> None:
        ((slip,),) = checker.check([SLIP], "en")
        assert (slip.rule, slip.category) == ("HE_VERB_AGR", "GRAMMAR")
        assert SLIP[slip.start : slip.end] == "go"
        assert slip.suggestions[0] == "goes"
        assert slip.message
        assert "<" not in slip.message, "people read it"

    def test_offsets_are_code_points(self, checker: GrammarChecker) -> None:
        (found,) = checker.check([ASTRAL], "en")
        at = {one.rule: ASTRAL[one.start : one.end] for one in found}
        assert (at["HE_VERB_AGR"], at["MANY_NN"]) == ("go", "many book")

    def test_what_is_right_is_left_alone(self, checker: GrammarChecker) -> None:
        assert checker.check([CLEAN], "en") == [()]

    def test_texts_keep_their_order(self, checker: GrammarChecker) -> None:
        found = checker.check([CLEAN, SLIP, "", SLIP, CLEAN], "en")
        assert [bool(one) for one in found] == [False, True, False, True, False]

    def test_company_changes_nothing(self, checker: GrammarChecker) -> None:
        texts = [SLIP, ASTRAL, CLEAN, *NEIGHBOURS, *reversed(NEIGHBOURS), SLIP]
        assert checker.check(texts, "en") == [checker.check([one], "en")[0] for one in texts]

    def test_nothing_to_check(self, checker: GrammarChecker) -> None:
        assert checker.check([], "en") == []

    def test_a_language_it_does_not_have_is_refused(self, checker: GrammarChecker) -> None:
        with pytest.raises(PermanentError, match="'xx'"):
            checker.check([SLIP], "xx")
