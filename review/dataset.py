"""What a data set of a class holds: its tables, and what each column means."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import Literal

from models.members import Member
from pipeline.analysis import Analysis
from pipeline.metrics import METRICS
from pipeline.reports import Dimension
from pipeline.values import LEARNER

Kind = Literal["string", "integer", "number", "boolean", "date"]
NEVER = "never null"
UNTIMED = "null where a transcript has no times"
NO_WORD_TIMES = "null where the times of words are not known"
NO_PLACE = "null where the row has no place in the talk"
NO_SCORE = "null where there was not enough evidence"


@dataclass(frozen=True, slots=True)
class Column:
    """One column; `unit` is empty for what has none."""

    name: str
    kind: Kind
    meaning: str
    unit: str = ""
    null: str = NEVER


@dataclass(frozen=True, slots=True)
class Talk:
    """One conversation with its analysis."""

    member: Member
    analysis: Analysis


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of all conversations; the first column is the conversation's id."""

    name: str
    meaning: str
    columns: Sequence[Column]
    rows: Callable[[Talk], Iterable[Sequence[object]]]


def tables(*, names: bool) -> list[Table]:
    """All of them; without `names` nothing tells who the learners are."""
    named = (NAME,) if names else ()
    return [
        Table(
            "conversations", "One row a conversation.", (*CONVERSATION, *named), _talk(names=names)
        ),
        *REST,
    ]


ID = Column("conversation", "string", "Id of the conversation, as in every table.")
SEGMENT = Column("segment", "integer", "Number of the segment, as in the table segments.")
SPOT = (
    Column("segment", "integer", "Number of the segment, as in the table segments.", null=NO_PLACE),
    Column(
        "start", "integer", "Begin of the words in the segment's text.", "code points", NO_PLACE
    ),
    Column("end", "integer", "Their end, exclusive.", "code points", NO_PLACE),
    Column("start_time", "number", "Begin of the words.", "s", f"{NO_PLACE}; {NO_WORD_TIMES}"),
    Column("end_time", "number", "Their end.", "s", f"{NO_PLACE}; {NO_WORD_TIMES}"),
)
CONVERSATION = (
    ID,
    Column("class", "string", "Id of the class."),
    Column("learner", "string", "Pseudonym of the learner, the same in every export of the class.",
           null="null where the conversation is nobody's"),
    Column("recorded_on", "date", "Day on which the conversation was made, in UTC.", null="null where unknown"),
    Column("level", "string", "Level that the conversation is meant for.", "CEFR"),
    Column("language", "string", "Language of the talk."),
    Column("duration", "number", "Length of the recording.", "s", "null without a recording"),
    Column("speakers", "integer", "How many people speak."),
    Column("learner_words", "integer", "Words of the learner.", null="null where the learner is unknown"),
    Column("learner_seconds", "number", "Speech of the learner.", "s",
           f"null where the learner is unknown; {UNTIMED}"),
    Column("learner_by", "string", "By what the learner was told: given, voice, rule, only speaker.",
           null="null where the learner is unknown"),
    Column("cefr", "string", "Level shown in the conversation.", "CEFR", NO_SCORE),
    Column("cefr_low", "string", "Lower end of its 95 % interval.", "CEFR", NO_SCORE),
    Column("cefr_high", "string", "Upper end of its 95 % interval.", "CEFR", NO_SCORE),
    Column("rubric", "string", "Version of the rubric."),
    Column("colloquy", "string", "Version of the program."),
)  # fmt: skip
NAME = Column(
    "learner_name",
    "string",
    "User name of the learner.",
    null="empty where the conversation is nobody's",
)


def _talk(*, names: bool) -> Callable[[Talk], Iterable[Sequence[object]]]:
    def rows(talk: Talk) -> Iterable[Sequence[object]]:
        member, analysis = talk.member, talk.analysis
        learner = next((one for one in analysis.speakers if one.role == LEARNER), None)
        yield (
            str(member.conversation_id),
            str(member.class_id),
            member.learner,
            member.recorded_on,
            member.level,
            analysis.language.code,
            analysis.media.duration,
            len(analysis.speakers),
            learner.words if learner else None,
            learner.speech_seconds if learner else None,
            learner.how if learner else None,
            analysis.level.cefr,
            analysis.level.low,
            analysis.level.high,
            analysis.provenance.rubric,
            analysis.provenance.colloquy,
            *((member.learner_name,) if names else ()),
        )

    return rows


def _scores(talk: Talk) -> Iterable[Sequence[object]]:
    scores = talk.analysis.scores
    for name in ("overall", *Dimension):
        one = getattr(scores, name)
        told = (one.state, one.score, one.cap, one.low, one.high, one.reason, one.evidence_level)
        yield (str(talk.member.conversation_id), str(name), *told)


def _words(talk: Talk) -> Iterable[Sequence[object]]:
    for segment in talk.analysis.segments:
        for position, one in enumerate(segment.words):
            said = (one.text, one.start, one.end, one.probability, one.filler, one.repair)
            where = (str(talk.member.conversation_id), segment.number, position, one.id)
            yield (*where, segment.speaker, *said)


def _evidence(talk: Talk) -> Iterable[Sequence[object]]:
    for position, one in enumerate(talk.analysis.evidence):
        told = (position, one.dimension, one.rule, one.points, one.explanation)
        place = (one.segment, one.start, one.end, one.start_time, one.end_time)
        yield (str(talk.member.conversation_id), *told, *place)


def _metrics(talk: Talk) -> Iterable[Sequence[object]]:
    for name, one in talk.analysis.metrics.items():
        meaning = METRICS[name].meaning if name in METRICS else ""
        yield (str(talk.member.conversation_id), name, one.value, one.unit, one.n, meaning)


def _as_they_are(
    parts: Callable[[Analysis], Iterable[object]], columns: Sequence[Column]
) -> Callable[[Talk], Iterable[Sequence[object]]]:
    """Rows of parts of the document whose fields have the columns' names."""
    told = attrgetter(*(one.name for one in columns[1:]))
    return lambda talk: (
        (str(talk.member.conversation_id), *told(one)) for one in parts(talk.analysis)
    )


SEGMENTS = (
    ID,
    Column("number", "integer", "Its number in the conversation, from 0."),
    Column("start", "number", "Begin of its first word.", "s", UNTIMED),
    Column("end", "number", "End of its last word.", "s", UNTIMED),
    Column("speaker", "string", "Role: learner, partner, partner-2, …, unknown."),
    Column(
        "speaker_label",
        "string",
        "S1, S2, … by first speech, or as a transcript names the speaker.",
    ),
    Column("text", "string", "What was said."),
    Column("confidence", "number", "Mean probability of its words.", "0 to 1"),
    Column("language", "string", "Its language."),
    Column("overlap", "boolean", "Somebody else talks in a fifth of its time or more."),
)
ERRORS = (
    ID,
    SEGMENT,
    Column("start", "integer", "Begin of the slip in the segment's text.", "code points"),
    Column("end", "integer", "Its end, exclusive.", "code points"),
    Column("start_time", "number", "Begin of its first word.", "s", NO_WORD_TIMES),
    Column("end_time", "number", "End of its last word.", "s", NO_WORD_TIMES),
    Column("type", "string", "Family of the slip."),
    Column("rule", "string", "Rule that found it."),
    Column("source", "string", "Whose rule."),
    Column("message", "string", "What is wrong."),
    Column("text", "string", "The words with the slip."),
    Column("suggestion", "string", "A better form.", null="null where the rule has none"),
    Column("severity", "string", "low, medium, high, critical."),
    Column("counted", "boolean", "It counts in the score."),
    Column("why_not_counted", "string", "Why it does not.", null="null where it counts"),
)
VOCABULARY = (
    ID,
    Column("lemma", "string", "One lemma that the learner used."),
    Column("pos", "string", "Its part of speech.", "universal tags"),
    Column("frequency", "integer", "Uses."),
    Column("zipf", "number", "Its Zipf frequency.", "log10 per 10^9", "null where no corpus has it"),
    Column("cefr", "string", "Its level.", "CEFR", "null where no list has it"),
    Column("complexity", "number", "Rarity and level together.", "0 to 100", "null where neither is known"),
    Column("appropriateness", "number", "Fit to the conversation's level and topic.", "0 to 100",
           "null where its level or the conversation's is unknown"),
    Column("context", "string", "The words around its first use."),
    Column("is_advanced", "boolean", "Level B2 or above, and no mere echo of the partner."),
)  # fmt: skip
REST = (
    Table("scores", "One row a score: the overall one and each dimension's.", (
        ID,
        Column("dimension", "string", "overall, grammar, vocabulary, fluency, pronunciation, comprehension."),
        Column("state", "string", "scored, or insufficient."),
        Column("score", "number", "The score.", "points", NO_SCORE),
        Column("cap", "number", "Points at most.", "points"),
        Column("low", "number", "Lower end of its 95 % interval.", "points", NO_SCORE),
        Column("high", "number", "Upper end of its 95 % interval.", "points", NO_SCORE),
        Column("reason", "string", "Why there is no score.", null="null where there is one"),
        Column("evidence_level", "string", "What the score rests on.", null=f"{NO_SCORE}, and for overall"),
    ), _scores),
    Table("segments", "One row a turn of a speaker.", SEGMENTS,
          _as_they_are(lambda one: one.segments, SEGMENTS)),
    Table("words", "One row a word that was said.", (
        ID,
        SEGMENT,
        Column("position", "integer", "Its place in the segment, from 0."),
        Column("word", "string", "Its id in the conversation."),
        Column("speaker", "string", "Role of who says it."),
        Column("text", "string", "The word with its punctuation."),
        Column("start", "number", "Its begin.", "s", NO_WORD_TIMES),
        Column("end", "number", "Its end.", "s", NO_WORD_TIMES),
        Column("probability", "number", "How sure the recogniser was; 1 where a person wrote it.", "0 to 1"),
        Column("filler", "boolean", "A filled pause."),
        Column("repair", "boolean", "Said again or taken back."),
    ), _words),
    Table("errors", "One row a slip of grammar, counted or not.", ERRORS,
          _as_they_are(lambda one: one.grammar_errors, ERRORS)),
    Table("evidence", "One row of points; those of a scored dimension sum to its score.", (
        ID,
        Column("position", "integer", "Its place among the conversation's rows, from 0."),
        Column("dimension", "string", "Of which score."),
        Column("rule", "string", "What gave or cost the points."),
        Column("points", "number", "Points, negative for a loss.", "points"),
        Column("explanation", "string", "The same in words."),
        *SPOT,
    ), _evidence),
    Table("vocabulary", "One row a lemma that the learner used.", VOCABULARY,
          _as_they_are(lambda one: one.vocabulary, VOCABULARY)),
    Table("metrics", "One row a measured value.", (
        ID,
        Column("metric", "string", "Its name."),
        Column("value", "number", "Its value.", "as in the column unit"),
        Column("unit", "string", "Its unit."),
        Column("n", "integer", "How many things it was measured on."),
        Column("meaning", "string", "What it says."),
    ), _metrics),
)  # fmt: skip
