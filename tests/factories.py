"""Values for tests: a dialogue from lines of text, plausible times, and whatever follows from it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from uuid import uuid4

from pipeline.ports import Progress
from pipeline.stage import Context
from pipeline.values import (
    LEARNER,
    PARTNER,
    Dialogue,
    Recording,
    Segment,
    Span,
    Speaker,
    SpeakerTurns,
    Transcript,
    Turn,
    Upload,
    Utterance,
    Word,
)

SECONDS_A_LETTER = 0.07
"""About 14 letters a second: a word of five letters lasts a third of a second."""
BETWEEN_WORDS = 0.05
BETWEEN_SEGMENTS = 0.5
SURE = 0.95
DOUBTFUL = 0.3

LINE = re.compile(r"(?P<who>L|P\d*):\s*(?P<said>.*)", re.DOTALL)
PAUSE = re.compile(r"<(\d+(?:\.\d+)?)>")


def word(
    text: str = "home",
    *,
    id: str = "w0",  # noqa: A002 - the field's own name
    start: float = 0.0,
    end: float | None = None,
    probability: float = SURE,
    speaker_label: str | None = "S1",
    filler: bool = False,
    repair: bool = False,
) -> Word:
    """One word; it lasts as long as its letters ask for unless an end is given."""
    return Word(
        id=id,
        text=text,
        start=start,
        end=round(start + SECONDS_A_LETTER * len(text), 3) if end is None else end,
        probability=probability,
        speaker_label=speaker_label,
        filler=filler,
        repair=repair,
    )


def segment(
    *words: Word,
    number: int = 0,
    speaker: str = LEARNER,
    speaker_label: str = "S1",
    language: str = "en",
    overlap: bool = False,
) -> Segment:
    """One segment of at least one word."""
    return Segment(
        number=number,
        start=words[0].start,
        end=words[-1].end,
        speaker=speaker,
        speaker_label=speaker_label,
        text=" ".join(one.text for one in words),
        words=words,
        confidence=round(sum(one.probability for one in words) / len(words), 6),
        language=language,
        overlap=overlap,
    )


@dataclass
class _Clock:
    now: float = 0.0
    words: int = 0
    labels: dict[str, str] = field(default_factory=dict)

    def label(self, role: str) -> str:
        return self.labels.setdefault(role, f"S{len(self.labels) + 1}")

    def say(self, token: str, label: str) -> Word:
        filler = token.startswith("(") and token.endswith(")")
        repair = token.startswith("[") and token.endswith("]")
        doubtful = token.endswith("~")
        said = word(
            token.strip("()[]") if filler or repair else token.removesuffix("~"),
            id=f"w{self.words}",
            start=round(self.now, 3),
            probability=DOUBTFUL if doubtful else SURE,
            speaker_label=label,
            filler=filler,
            repair=repair,
        )
        self.words += 1
        self.now = said.end + BETWEEN_WORDS
        return said


def _role(who: str) -> str:
    if who == "L":
        return LEARNER
    return PARTNER if who in {"P", "P1"} else f"{PARTNER}-{who[1:]}"


def _segment(clock: _Clock, number: int, line: str, language: str) -> Segment | None:
    match = LINE.fullmatch(line)
    if match is None:
        message = f"a line starts with L:, P: or P2:, not {line!r}"
        raise ValueError(message)
    role = _role(match["who"])
    words = []
    for token in match["said"].split():
        if pause := PAUSE.fullmatch(token):
            clock.now += float(pause[1])
        else:
            words.append(clock.say(token, clock.label(role)))
    if not words:
        return None
    clock.now += BETWEEN_SEGMENTS - BETWEEN_WORDS
    return segment(
        *words, number=number, speaker=role, speaker_label=clock.label(role), language=language
    )


def dialogue(*lines: str, language: str = "en", supported: bool = True) -> Dialogue:
    """A dialogue from lines such as `L: I [goes] went (um) <0.8> home~` and `P: Really?`.

    L is the learner, P and P2 are partners; `(um)` is a filler, `[goes]` taken back, `home~` a word
    the recogniser was unsure of, `<0.8>` a pause of so many seconds on top of the usual gap. Half a
    second lies between the lines; a line that starts with a pause is a late reply.
    """
    clock = _Clock()
    segments: list[Segment] = []
    for line in lines:
        made = _segment(clock, len(segments), line, language)
        if made is not None:
            segments.append(made)
    return Dialogue(
        language=language,
        language_probability=0.98,
        language_supported=supported,
        duration=round(clock.now, 3),
        speakers=tuple(_speaker(role, label, segments) for role, label in clock.labels.items()),
        turns=tuple(Turn(label=s.speaker_label, start=s.start, end=s.end) for s in segments),
        segments=tuple(segments),
        speech=tuple(Span(start=s.start, end=s.end) for s in segments),
    )


def _speaker(role: str, label: str, segments: list[Segment]) -> Speaker:
    own = [one for one in segments if one.speaker_label == label]
    return Speaker(
        label=label,
        role=role,
        speech_seconds=round(sum(one.end - one.start for one in own), 3),
        words=sum(len(one.words) for one in own),
        how="rule",
        confidence=0.8,
    )


def upload(**changes: str | int | None) -> Upload:
    """An upload of a small WAV file; keywords replace its fields."""
    plain = Upload(
        name="interview.wav",
        key="uploads/8b7f2c7e-0b7e-4e39-9a53-6d2f3f0c1a11/interview.wav",
        size=960_044,
        etag="9e107d9d372bb6826bd81d3542a419d6",
    )
    return replace(plain, **changes)  # type: ignore[arg-type] # the fields' own types, checked at run time by the values' JSON


def recording(duration: float = 30.0) -> Recording:
    """A 48 kHz stereo recording."""
    return Recording(
        key="uploads/8b7f2c7e-0b7e-4e39-9a53-6d2f3f0c1a11/interview.16k.flac",
        sha256="2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae",
        duration=duration,
        sample_rate=48_000,
        channels=2,
        codec="pcm_s16le",
        gain_db=3.5,
    )


def context(progress: Progress = lambda _fraction: None) -> Context:
    """The first attempt at a stage of some run."""
    return Context(run_id=uuid4(), conversation_id=uuid4(), attempt=1, progress=progress)


def transcript(talk: Dialogue) -> Transcript:
    """What the recogniser would have heard before anybody knew who spoke: an utterance a segment."""
    return Transcript(
        language=talk.language,
        language_probability=talk.language_probability,
        utterances=tuple(
            Utterance(
                start=one.start,
                end=one.end,
                words=tuple(
                    replace(said, speaker_label=None, filler=False, repair=False)
                    for said in one.words
                ),
                mean_log_probability=-0.2,
                no_speech_probability=0.02,
                compression_ratio=1.3,
            )
            for one in talk.segments
        ),
        speech=talk.speech,
    )


def speaker_turns(talk: Dialogue) -> SpeakerTurns:
    """The diarization that fits the dialogue."""
    return SpeakerTurns(turns=talk.turns, how="voices")
