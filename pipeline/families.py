"""What feedback is about: the level of a family of slips, and which measures tell of the same thing."""

from __future__ import annotations

MASTERED = {
    "agreement": "A1",
    "number": "A1",
    "pronoun": "A1",
    "article": "A2",
    "comparative": "A2",
    "preposition": "A2",
    "verb-form": "A2",
    "word-order": "A2",
    "collocation": "B1",
    "word-form": "B1",
}
"""The level whose course books teach what a family of slips is about; a family without one is of no level."""
KIN = (
    {"mattr", "mtld"},
    {"rarer_words", "independent_words", "advanced_share"},
    {"clauses_per_sentence", "dependent_clause_share", "mean_sentence_length"},
    {"pronunciation_accuracy", "mean_word_probability", "unclear_word_share"},
)
"""Measures of so like things that nobody is praised by one and told to work on the other: "many different words" and "you
come back to the same words" would both be true, and help nobody. Nor is anybody told to work on two of them."""


def kin(metric: str) -> set[str]:
    """The metrics of so like things, itself included."""
    return next((one for one in KIN if metric in one), {metric})
