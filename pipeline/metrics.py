"""The registry of metric names and units: whoever writes or reads a metric takes its name here."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class MetricDefinition:
    """A metric's unit, and what it says in one sentence."""

    unit: str
    meaning: str


METRICS = {
    # scores, written as progress
    "overall_score": MetricDefinition("points of 100", "Sum of the five dimension scores."),
    "grammar_score": MetricDefinition("points of 25", "Grammar."),
    "vocabulary_score": MetricDefinition("points of 20", "Vocabulary."),
    "fluency_score": MetricDefinition("points of 20", "Fluency."),
    "pronunciation_score": MetricDefinition("points of 15", "Pronunciation."),
    "comprehension_score": MetricDefinition("points of 20", "Comprehension."),
    # grammar
    "errors_per_100_words": MetricDefinition(
        "per 100 words", "Counted slips, weighted by severity."
    ),
    "mean_sentence_length": MetricDefinition("words", "Words a sentence, disfluencies taken out."),
    "clauses_per_sentence": MetricDefinition("ratio", "Finite clauses a sentence."),
    # vocabulary
    "words": MetricDefinition("words", "Words the learner said, fillers and repairs left out."),
    "lemmas": MetricDefinition("lemmas", "Different lemmas among them."),
    "mattr": MetricDefinition(
        "ratio", "Moving-average type-token ratio (Covington & McFall 2010)."
    ),
    "mtld": MetricDefinition(
        "words", "Measure of textual lexical diversity (McCarthy & Jarvis 2010)."
    ),
    "mean_zipf": MetricDefinition("log10 per 10^9", "Mean Zipf frequency of content lemmas."),
    "advanced_share": MetricDefinition("ratio", "Share of content lemmas at B2 or above."),
    # fluency
    "speech_rate": MetricDefinition(
        "syllables/s", "All syllables said over speaking time, pauses included."
    ),
    "articulation_rate": MetricDefinition(
        "syllables/s", "All syllables said over speaking time, pauses left out."
    ),
    "mean_length_of_run": MetricDefinition(
        "syllables", "Syllables between pauses of 250 ms or more."
    ),
    "pauses_per_minute": MetricDefinition("per minute", "Pauses of 250 ms or more inside turns."),
    "pauses_within_per_100_words": MetricDefinition("per 100 words", "Pauses inside clauses."),
    "mean_pause": MetricDefinition("s", "Mean length of those pauses."),
    "phonation_ratio": MetricDefinition("ratio", "Share of speaking time that is sound."),
    "fillers_per_100_words": MetricDefinition("per 100 words", "Filled pauses (um, uh, er)."),
    "repairs_per_100_words": MetricDefinition("per 100 words", "Repetitions and self-corrections."),
    # pronunciation
    "pronunciation_accuracy": MetricDefinition(
        "of 10", "Accuracy as experts would score it, by the best evidence there is."
    ),
    "mean_word_probability": MetricDefinition("ratio", "Mean recogniser probability of the words."),
    "unclear_word_share": MetricDefinition("ratio", "Share of words the recogniser was unsure of."),
    # comprehension
    "reply_relevance": MetricDefinition(
        "cosine", "Mean likeness of replies to what they reply to."
    ),
    "reply_latency": MetricDefinition("s", "Median time from the partner's end to the reply."),
    "repair_request_share": MetricDefinition(
        "ratio", "Share of replies that ask to repeat or explain."
    ),
}
"""Every metric by its name."""
