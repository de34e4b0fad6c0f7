"""How results look in a terminal: scorecard, stages, search hits."""

from __future__ import annotations

from tomllib import TOMLDecodeError

from pydantic import ValidationError
from pydantic_settings import SettingsError
from rich.console import Console
from rich.markup import escape
from rich.table import Table
from sqlalchemy.exc import ArgumentError, OperationalError

from config.settings import Settings
from models.status import RunStatus
from pipeline.analysis import Analysis, EvidencePart, FeedbackPart, GrammarErrorPart, ScorePart
from pipeline.errors import ColloquyError
from pipeline.languages import language_of
from pipeline.metrics import METRICS
from pipeline.reports import Dimension
from pipeline.search import SearchHit

out = Console(highlight=False)
errors = Console(stderr=True, highlight=False)

STOPPED = 130
"""Exit status after Ctrl-C, as shells have it."""

SHOWN = 4
"""Evidence rows a dimension in the short view; `--json` has all."""

UNSCORED = ("errors_per_100_words", "mean_sentence_length", "mattr", "mtld", "rarer_words")
"""What is shown of a talk in a language that has no points."""

QUOTED = 60
"""Code points of the words of a row: with its reason about two lines; `--json` has all."""


def complain(sentence: str) -> None:
    """Tell a failure on stderr."""
    errors.print(f"[red]error:[/red] {escape(sentence)}")


def anything_judged(analysis: Analysis) -> bool:
    """Whether there is a score; in a language without points, whether slips could be looked for."""
    if not language_of(analysis.language.code).complete:
        return "errors_per_100_words" in analysis.metrics
    return any(getattr(analysis.scores, one.value).state == "scored" for one in Dimension)


def show_scorecard(analysis: Analysis, *, every: bool = False) -> None:
    """Scores with their intervals, then the evidence, then the feedback."""
    table = Table(box=None, pad_edge=False)
    for name in ("", "points", "of", "95 %", "state", "evidence"):
        table.add_column(name, justify="right" if name in {"points", "of", "95 %"} else "left")
    scores = analysis.scores
    for dimension in Dimension:
        table.add_row(*_row(dimension.value, getattr(scores, dimension.value)))
    table.add_row(*_row("overall", scores.overall), style="bold")
    out.print(table)
    level = analysis.level
    if level.cefr:
        out.print(f"level {level.cefr} ({level.low} to {level.high})", style="bold")
        out.print(level.reason or "", markup=False)
    else:
        out.print("level: not enough evidence", style="bold")
    for dimension in Dimension:
        rows = [one for one in analysis.evidence if one.dimension == dimension]
        for one in rows if every else rows[:SHOWN]:
            out.print(_evidence(analysis, one))
        if not every and len(rows) > SHOWN:
            out.print(f"    … {len(rows) - SHOWN} more", style="dim")
    if not language_of(analysis.language.code).complete:
        _show_unscored(analysis, every=every)
    _show_feedback(analysis.feedback)
    for notice in analysis.warnings:
        out.print(f"Note: {notice.message}", markup=False)


def _show_unscored(analysis: Analysis, *, every: bool) -> None:
    """What is told without points: the slips that count, and the measures that the rubric knows."""
    slips = [one for one in analysis.grammar_errors if one.counted]
    for one in slips if every else slips[:SHOWN]:
        out.print(_slip(analysis, one))
    if not every and len(slips) > SHOWN:
        out.print(f"    … {len(slips) - SHOWN} more", style="dim")
    for name in UNSCORED:
        if (metric := analysis.metrics.get(name)) is not None:
            out.print(f"  {METRICS[name].meaning} {metric.value:.4g} {metric.unit}", markup=False)


def _show_feedback(said: FeedbackPart) -> None:
    """The three of each, with the second in the recording where words show it."""
    times = {one.text: one.start_time for one in said.detailed or ()}
    for title, texts in (
        ("Strengths", said.strengths),
        ("To work on", said.areas_for_improvement),
        ("Try this", said.recommendations),
    ):
        for text in texts:
            at = times.get(text)
            where = "" if at is None else f" (at {clock(at)})"
            out.print(f"{title}: {text}{where}", markup=False)


def _row(name: str, score: ScorePart) -> tuple[str, ...]:
    if score.score is None:
        told = escape(f"not enough evidence: {score.reason}")
        return name, "-", f"{score.cap}", "", score.state, told
    return (
        name,
        f"{score.score:.2f}",
        f"{score.cap}",
        f"{score.low:.2f} to {score.high:.2f}",
        score.state,
        score.evidence_level or "",
    )


def _evidence(analysis: Analysis, one: EvidencePart) -> str:
    said = _said(analysis, one)
    return f"  {one.dimension:<14}{one.points:>7.2f}  {escape(one.explanation)}{said}"


def _slip(analysis: Analysis, one: GrammarErrorPart) -> str:
    better = f", better “{one.suggestion}”" if one.suggestion else ""
    return f"  {one.type:<16}{escape(one.message)}{_said(analysis, one)}{escape(better)}"


def _said(analysis: Analysis, one: EvidencePart | GrammarErrorPart) -> str:
    """The words, and the second where it is known."""
    if one.segment is None or one.start is None:
        return ""
    text = next(part.text for part in analysis.segments if part.number == one.segment)
    words = text[one.start : one.end]
    words = words if len(words) <= QUOTED else f"{words[:QUOTED]}…"
    at = "" if one.start_time is None else f" at {clock(one.start_time)}"
    return f' "{escape(words)}"{at}'


def clock(seconds: float) -> str:
    """Minutes and seconds, 3:07.4."""
    minutes, tenths = divmod(round(10 * seconds), 600)
    return f"{minutes}:{tenths / 10:04.1f}"


def standing(status: RunStatus) -> str:
    """The run's state, and what it waits for."""
    return f"{status.state}, {status.waiting.told}" if status.waiting else status.state


def show_run(status: RunStatus) -> None:
    """A line a stage."""
    table = Table(box=None, pad_edge=False)
    for name in ("stage", "state", "attempt", "seconds", "reason"):
        table.add_column(name)
    for one in status.stages:
        seconds = "" if one.seconds is None else f"{one.seconds:.1f}"
        table.add_row(one.stage, one.told, str(one.attempt), seconds, escape(one.reason or ""))
    out.print(table)
    out.print(f"run {status.id}: {standing(status)}", style="bold")
    if status.evaluated and not status.over:
        out.print("The result is there: `colloquy show` has it.")
    if status.reason:
        out.print(status.reason, markup=False)


def show_hits(hits: list[SearchHit]) -> None:
    """A line a hit, with the time of the first word that was found."""
    for one in hits:
        marked = escape(one.highlight).replace("«", "[bold]").replace("»", "[/bold]")
        at = one.words[0].start_ms / 1000 if one.words else one.start
        out.print(f"{one.conversation_id}  {clock(at)}  {one.speaker}: {marked}")
    if not hits:
        out.print("nothing found")


def sentence(error: Exception) -> str:
    """What people read of a failure: its own sentence, what to set right, or that it is a bug."""
    if isinstance(error, ColloquyError):
        return error.sentence
    return _set_right(error) or (
        f"Something went wrong that should not have ({type(error).__name__}). "
        "Run it again with --debug and report what it prints."
    )


def _set_right(error: Exception) -> str | None:
    """For what operators can mend; an address is never told, for it may hold a password."""
    if isinstance(error, OperationalError):
        return (
            "The database does not answer. "
            "See that it runs and that COLLOQUY_DATABASE__URL is right; `colloquy doctor` tells more."
        )
    if isinstance(error, ArgumentError):
        return (
            "The database's address cannot be read. "
            "Write it as COLLOQUY_DATABASE__URL=postgresql+psycopg://user:password@host:port/name."
        )
    if isinstance(error, TOMLDecodeError):
        return (
            f"The settings file is not TOML: {error}. "
            "Mend the file that COLLOQUY_SETTINGS names, else settings.toml in COLLOQUY_HOME."
        )
    if isinstance(error, SettingsError):
        return f"A setting cannot be read: {error}. `config/settings.py` lists them all."
    if isinstance(error, ValidationError) and error.title == Settings.__name__:
        wrong = error.errors(include_url=False, include_input=False, include_context=False)
        told = "; ".join(f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in wrong)
        return f"Settings are wrong: {told}. Mend them in the environment or in the settings file."
    return None
