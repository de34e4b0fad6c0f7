"""The registry of metric names and units: whoever writes or reads a metric takes its name here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class MetricDefinition:
    """A metric's unit, and what it says in one sentence."""

    unit: str
    meaning: str
    better: Literal["more", "less"] | None = None
    """None where neither is better in itself."""


METRICS = {
    # scores, written as progress
    "overall_score": MetricDefinition(
        "points of 100", "Sum of the five dimension scores.", better="more"
    ),
    "grammar_score": MetricDefinition("points of 25", "Grammar.", better="more"),
    "vocabulary_score": MetricDefinition("points of 20", "Vocabulary.", better="more"),
    "fluency_score": MetricDefinition("points of 20", "Fluency.", better="more"),
    "pronunciation_score": MetricDefinition("points of 15", "Pronunciation.", better="more"),
    "comprehension_score": MetricDefinition("points of 20", "Comprehension.", better="more"),
    # grammar
    "errors_per_100_words": MetricDefinition(
        "per 100 words", "Counted slips, weighted by severity.", better="less"
    ),
    "low_errors_per_100_words": MetricDefinition(
        "per 100 words", "Slips hardly noticed in talk.", better="less"
    ),
    "medium_errors_per_100_words": MetricDefinition(
        "per 100 words", "Slips that are noticed while the meaning is clear.", better="less"
    ),
    "high_errors_per_100_words": MetricDefinition(
        "per 100 words", "Slips that make the listener work.", better="less"
    ),
    "structure_variety": MetricDefinition(
        "of 10",
        "Different structures in ten uses of one (rarefaction), so at any length.",
        better="more",
    ),
    "upper_structure_share": MetricDefinition(
        "ratio",
        "Share of the structures used that are B1 or B2 in the CEFR-J profile.",
        better="more",
    ),
    "dependent_clause_share": MetricDefinition(
        "ratio", "Share of the finite clauses that hang on another."
    ),
    "words_per_clause": MetricDefinition("words", "Words a finite clause."),
    "mean_sentence_length": MetricDefinition("words", "Words a sentence, disfluencies taken out."),
    "clauses_per_sentence": MetricDefinition("ratio", "Finite clauses a sentence."),
    # vocabulary
    "words": MetricDefinition("words", "Words the learner said, fillers and repairs left out."),
    "lemmas": MetricDefinition("lemmas", "Different lemmas among them."),
    "mattr": MetricDefinition(
        "ratio", "Moving-average type-token ratio (Covington & McFall 2010).", better="more"
    ),
    "mtld": MetricDefinition(
        "words", "Measure of textual lexical diversity (McCarthy & Jarvis 2010).", better="more"
    ),
    "rarer_words": MetricDefinition(
        "in 50 words",
        "Different content lemmas beyond the commonest thousand, expected in 50 words.",
        better="more",
    ),
    "independent_words": MetricDefinition(
        "in 50 words",
        "Different content lemmas of level B1 and above, expected in 50 words.",
        better="more",
    ),
    "mean_zipf": MetricDefinition("log10 per 10^9", "Mean Zipf frequency of content lemmas."),
    "advanced_share": MetricDefinition(
        "ratio", "Share of content lemmas at B2 or above.", better="more"
    ),
    "advanced_token_share": MetricDefinition("ratio", "Share of content words at B2 or above."),
    **{
        f"level_{level}_share": MetricDefinition(
            "ratio", f"Share of content lemmas at {level.upper()}."
        )
        for level in ("a1", "a2", "b1", "b2", "c1", "c2")
    },
    "zipf_6_share": MetricDefinition("ratio", "Share of content words of Zipf 6 and above."),
    "zipf_5_share": MetricDefinition("ratio", "Share of content words of Zipf 5 to 6."),
    "zipf_4_share": MetricDefinition("ratio", "Share of content words of Zipf 4 to 5."),
    "zipf_3_share": MetricDefinition("ratio", "Share of content words of Zipf below 4."),
    # fluency
    "speech_rate": MetricDefinition(
        "syllables/s", "All syllables said over speaking time, pauses included.", better="more"
    ),
    "articulation_rate": MetricDefinition(
        "syllables/s", "All syllables said over speaking time, pauses left out.", better="more"
    ),
    "mean_length_of_run": MetricDefinition(
        "syllables", "Syllables between pauses of 250 ms or more.", better="more"
    ),
    "pauses_per_minute": MetricDefinition(
        "per minute", "Pauses of 250 ms or more inside turns.", better="less"
    ),
    "pauses_within_per_100_words": MetricDefinition(
        "per 100 words", "Pauses inside clauses.", better="less"
    ),
    "mean_pause": MetricDefinition("s", "Mean length of those pauses.", better="less"),
    "phonation_ratio": MetricDefinition(
        "ratio", "Share of speaking time that is sound.", better="more"
    ),
    "fillers_per_100_words": MetricDefinition(
        "per 100 words", "Filled pauses (um, uh, er).", better="less"
    ),
    "unsure_fillers_per_100_words": MetricDefinition(
        "per 100 words", "Filled pauses that only one reading heard; they cost nothing."
    ),
    "unheard_fillers_per_100_words": MetricDefinition(
        "per 100 words", "Filled pauses told by their sound, where no word was written."
    ),
    "repairs_per_100_words": MetricDefinition(
        "per 100 words", "Repetitions and self-corrections.", better="less"
    ),
    # pronunciation
    "pronunciation_accuracy": MetricDefinition(
        "of 10", "Accuracy as experts would score it, by the best evidence there is.", better="more"
    ),
    "mean_word_probability": MetricDefinition(
        "ratio", "Mean recogniser probability of the words.", better="more"
    ),
    "unclear_word_share": MetricDefinition(
        "ratio",
        "Share of words that were hard to make out, by how unsure the recogniser was.",
        better="less",
    ),
    # comprehension
    "reply_fit": MetricDefinition(
        "ratio", "Mean likelihood that the replies belong to what they reply to.", better="more"
    ),
    "answered_share": MetricDefinition(
        "ratio",
        "Share of the partner's questions that are answered in kind or by a clause.",
        better="more",
    ),
    "follow_up_share": MetricDefinition(
        "ratio", "Share of replies in which the learner asks the partner something."
    ),
    "reply_latency": MetricDefinition(
        "s", "Median time from the partner's end to the reply.", better="less"
    ),
    "repair_request_share": MetricDefinition(
        "ratio", "Share of replies that ask to repeat or explain, or after which it is asked again."
    ),
}
"""Every metric by its name."""
