"""`colloquy.transcript/1`: a ready transcript as one document.

`{schema, language, learner, segments [{start, end, speaker, text, words?, confidence?}]}`; times are seconds
and may be null. A document `colloquy.analysis/1` is read too, for the transcript in it.
"""

from __future__ import annotations

import json
from typing import Annotated, Literal

from pydantic import ConfigDict, Field, TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass

from pipeline.analysis import SCHEMA as ANALYSIS
from pipeline.analysis import Analysis, from_json
from pipeline.errors import PermanentError
from pipeline.values import LEARNER, Line, WrittenWord
from pipeline.written import WrittenTranscript

SCHEMA: Literal["colloquy.transcript/1"] = "colloquy.transcript/1"
Seconds = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Share = Annotated[float, Field(ge=0, le=1)]
STRICT = ConfigDict(extra="forbid")


@dataclass(frozen=True, kw_only=True, config=STRICT)
class TranscriptWord:
    """One word, in the order of the segment's text."""

    text: str
    start: Seconds | None = None
    end: Seconds | None = None
    probability: Share | None = None


@dataclass(frozen=True, kw_only=True, config=STRICT)
class TranscriptSegment:
    """What one speaker says in one go; `confidence` holds for its words that have no probability."""

    speaker: str
    text: str
    start: Seconds | None = None
    end: Seconds | None = None
    confidence: Share | None = None
    words: tuple[TranscriptWord, ...] | None = None


@dataclass(frozen=True, kw_only=True, config=STRICT)
class TranscriptDocument:
    """The document; `learner` is the name that the segments give the learner."""

    schema: Literal["colloquy.transcript/1"]
    segments: tuple[TranscriptSegment, ...]
    language: str | None = None
    learner: str | None = None


ADAPTER = TypeAdapter(TranscriptDocument)


def read_transcript(text: str, *, name: str, sha256: str) -> WrittenTranscript:
    """PermanentError, with the first thing that is wrong, where it is neither kind of document."""
    try:
        found = json.loads(text)
        if isinstance(found, dict) and found.get("schema") == ANALYSIS:
            return _of_analysis(from_json(text), name, sha256)
        document = ADAPTER.validate_json(text)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        where = ".".join(map(str, first["loc"]))
        raise _not(f"{where or 'document'}: {first['msg']}") from error
    except (ValueError, RecursionError) as error:
        raise _not("it cannot be read as JSON") from error
    return WrittenTranscript(
        name=name,
        sha256=sha256,
        language=document.language,
        learner=document.learner,
        lines=tuple(map(_line, document.segments)),
    )


def json_schema() -> str:
    """The JSON Schema (2020-12) of the document, made from the types."""
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **ADAPTER.json_schema(mode="validation"),
    }
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


def _line(one: TranscriptSegment) -> Line:
    words = one.words or ()
    if not words and one.confidence is not None:
        words = tuple(TranscriptWord(text=text) for text in one.text.split())
    return Line(
        speaker=one.speaker,
        text=one.text,
        start=one.start,
        end=one.end,
        words=tuple(
            WrittenWord(
                text=word.text,
                start=word.start,
                end=word.end,
                probability=one.confidence if word.probability is None else word.probability,
            )
            for word in words
        ),
    )


def _of_analysis(analysis: Analysis, name: str, sha256: str) -> WrittenTranscript:
    """Where somebody mended a segment's text, its words are not known any more."""
    learner = next((one.label for one in analysis.speakers if one.role == LEARNER), None)
    return WrittenTranscript(
        name=name,
        sha256=sha256,
        language=analysis.language.code,
        learner=learner,
        lines=tuple(
            Line(
                speaker=one.speaker_label,
                text=one.text,
                start=one.start,
                end=one.end,
                words=tuple(
                    WrittenWord(
                        text=word.text,
                        start=word.start,
                        end=word.end,
                        probability=word.probability,
                    )
                    for word in one.words
                    if one.text.split() == [each.text for each in one.words]
                ),
            )
            for one in analysis.segments
        ),
    )


def _not(why: str) -> PermanentError:
    return PermanentError(
        f"The file is no document of the kind {SCHEMA}: {why}.",
        code="not-transcript",
        advice="docs/transcript.schema.json says what it must hold.",
    )
