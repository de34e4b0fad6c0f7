"""Whether the second look tells one person from two: `python -m bench.voices --data FOLDER` or `… SOUND…`.

Of a FOLDER as speechocean762 has it (`scores.csv` with utt, speaker, age, gender; `audio/UTT.flac`) recordings of one
person and of pairs alike in sex and age are put together, the bound is chosen anew on four fifths of the speakers and
tried on the others. Of a SOUND (16 kHz mono) the figure is printed that the second look goes by.
"""

from __future__ import annotations

import argparse
import csv
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path

import numpy as np
import numpy.typing as npt
import soundfile
from sklearn.metrics import silhouette_score

from bench.diarization import show_nothing
from bench.figures import interval
from pipeline.adapters import second_look
from pipeline.adapters.audio import RATE, read
from pipeline.adapters.pyannote import PyannoteDiarizer
from pipeline.adapters.segmentation import PyannoteSegmentation
from pipeline.values import Turn

GAP = 0.6
"""Seconds of silence put between two utterances: no window reaches over it."""
GROWN = 14
"""Years from which on a voice is an adult's."""
LENGTHS = (15, 30, 45, 60)
"""Seconds of speech; beyond a minute few of the speakers have enough."""
SHARES = (0.5, 0.7, 0.85)
FOLDS = 5
ALONE, PAIRS = 4, 2  # recordings drawn for each speaker and length
ALLOWED = 0.005
"""Share of people alone that may be parted where the bound is chosen: half of what is aimed at elsewhere."""
FLOORS = np.arange(0.10, 0.40, 0.01)
CHANCES = np.arange(0.0, 3.01, 0.1)


@dataclass(frozen=True, slots=True)
class Said:
    """One utterance: its voice vectors (n, 192) of unit length and its seconds of speech."""

    vectors: second_look.Vectors
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """A recording put together: `share` 1 is one person; `again` the same sound played twice."""

    fold: int
    length: int
    share: float
    again: bool
    vectors: int
    distance: float
    silhouette: float


class Listener:
    """Voice vectors as the second look takes them, of whatever is speech."""

    def __init__(self) -> None:
        """Load nothing yet."""
        self._activity, self._diarizer = PyannoteSegmentation(), PyannoteDiarizer()

    def turns(self, sound: Path) -> tuple[Turn, ...]:
        """All speech, as if one person's."""
        speech = self._activity.detect(sound, show_nothing)
        return tuple(Turn(label="S", start=one.start, end=one.end) for one in speech)

    def vectors(self, samples: second_look.Samples, turns: Sequence[Turn]) -> second_look.Vectors:
        """The vectors of all windows of the turns, shape (n, 192), of unit length."""
        pieces = [one for it in second_look.joined(turns) for one in second_look.windows(it)]
        return second_look.vectors_of(
            lambda one: samples[round(one.start * RATE) : round(one.end * RATE)],
            pieces,
            self._diarizer.vector,
        )

    def utterances(self, files: Sequence[Path]) -> list[Said]:
        """What one person said; utterances without speech are left out."""
        with tempfile.TemporaryDirectory() as folder:
            whole = Path(folder) / "whole.wav"
            ends = one_after_another(files, whole)
            turns, samples = self.turns(whole), read(whole)
        found = []
        for number in range(len(files)):
            own = [
                one
                for one in turns
                if int(np.searchsorted(ends, (one.start + one.end) / 2)) == number
            ]
            seconds = sum(one.seconds for one in second_look.joined(own))
            if seconds:
                found.append(Said(self.vectors(samples, own), seconds))
        return found


def one_after_another(files: Sequence[Path], sound: Path) -> npt.NDArray[np.float64]:
    """Write them as one recording with gaps; the second at which each one's gap ends."""
    parts = [soundfile.read(str(one), dtype="float32")[0] for one in files]
    silence = np.zeros(round(GAP * RATE), np.float32)
    samples = np.concatenate([piece for part in parts for piece in (part, silence)])
    soundfile.write(str(sound), samples, RATE)
    return np.cumsum([len(one) / RATE + GAP for one in parts])


def utterances(folder: Path) -> tuple[dict[str, list[Path]], dict[str, str]]:
    """Each speaker's files, and group of sex and age."""
    files: dict[str, list[Path]] = {}
    groups: dict[str, str] = {}
    with (folder / "scores.csv").open(encoding="utf-8") as table:
        for row in csv.DictReader(table):
            files.setdefault(row["speaker"], []).append(folder / "audio" / f"{row['utt']}.flac")
            groups[row["speaker"]] = row["gender"] + str(int(row["age"]) >= GROWN)
    return files, groups


def people(folder: Path, cache: Path | None) -> dict[str, tuple[str, list[Said]]]:
    """Each speaker's group of sex and age, and utterances; with `cache`, vectors are kept there and found again."""
    listener = Listener()
    files, groups = utterances(folder)
    found = {}
    for name, own in files.items():
        kept = cache / f"{name}.npz" if cache else None
        if kept and kept.is_file():
            with np.load(kept) as arrays:
                cuts = np.cumsum(arrays["windows"])[:-1]
                pairs = zip(np.split(arrays["vectors"], cuts), arrays["seconds"], strict=True)
                said = [Said(vectors, float(seconds)) for vectors, seconds in pairs]
        else:
            said = listener.utterances(own)
            if kept:
                np.savez(
                    kept,
                    vectors=np.concatenate([one.vectors for one in said]),
                    windows=[len(one.vectors) for one in said],
                    seconds=[one.seconds for one in said],
                )
        found[name] = (groups[name], said)
    return found


def drawn(random: np.random.Generator, said: Sequence[Said], seconds: float) -> list[Said]:
    """Different utterances in random order until there is that much speech; none where there is too little."""
    taken: list[Said] = []
    for number in random.permutation(len(said)).tolist():
        taken.append(said[number])
        if sum(one.seconds for one in taken) >= seconds:
            return taken
    return []


def trial(said: Sequence[Said], *, fold: int, length: int, share: float, again: bool) -> Trial:
    """The recording's figures; the order of utterances makes no difference to them."""
    vectors = np.concatenate([one.vectors for one in said])
    groups, distance = second_look.grouped(vectors)
    return Trial(
        fold=fold,
        length=length,
        share=share,
        again=again,
        vectors=len(vectors),
        distance=distance,
        silhouette=float(silhouette_score(vectors, groups, metric="cosine")),
    )


def trials(known: dict[str, tuple[str, list[Said]]]) -> Iterator[Trial]:
    """People alone, the same played twice, and pairs of one group and fold."""
    random = np.random.default_rng(1)
    order = sorted(known, key=lambda name: (known[name][0], random.random()))
    folds = {name: number % FOLDS for number, name in enumerate(order)}
    for length, name in product(LENGTHS, order):
        group, own = known[name]
        for number in range(ALONE):
            said = drawn(random, own, length)
            if said:
                yield trial(said, fold=folds[name], length=length, share=1.0, again=False)
            if said and not number:
                yield trial(said * 2, fold=folds[name], length=length, share=1.0, again=True)
        alike = [one for one in order if (known[one][0], folds[one]) == (group, folds[name])]
        others = [one for one in alike if one != name]
        for share, _ in product(SHARES, range(PAIRS if others else 0)):
            other = known[others[random.integers(len(others))]][1]
            one, two = (
                drawn(random, own, length * share),
                drawn(random, other, length * (1 - share)),
            )
            if one and two:
                yield trial(one + two, fold=folds[name], length=length, share=share, again=False)


def parted(
    found: Sequence[Trial], figure: str, floor: float, chance: float
) -> npt.NDArray[np.bool_]:
    """Which of the recordings are taken for two people's."""
    vectors = np.array([one.vectors for one in found])
    values = np.array([getattr(one, figure) for one in found])
    found_two: npt.NDArray[np.bool_] = values >= np.maximum(floor, chance / np.sqrt(vectors))
    found_two[vectors < second_look.LEAST] = False
    return found_two


def chosen(found: Sequence[Trial], figure: str) -> tuple[float, float]:
    """Floor and chance that miss the fewest pairs while at most ALLOWED of the people alone are parted."""
    alone = [one for one in found if one.share == 1 and not one.again]
    pairs = [one for one in found if one.share < 1]
    best = (-1.0, 1.0, 0.0)
    for floor, chance in product(FLOORS.tolist(), CHANCES.tolist()):
        if parted(alone, figure, floor, chance).mean() <= ALLOWED:
            best = max(best, (float(parted(pairs, figure, floor, chance).mean()), floor, chance))
    return best[1:]


def report(found: Sequence[Trial], heard: npt.NDArray[np.bool_], speakers: int) -> None:
    """Print the share parted of each kind and length; intervals count a speaker once, yet few pairs are distinct."""
    for again, share in ((False, 1.0), (True, 1.0), *((False, share) for share in SHARES)):
        kind = "played twice" if again else "alone" if share == 1 else f"pair {share:.0%}"
        for length in (*LENGTHS, None):
            chosen_ones = [
                number
                for number, one in enumerate(found)
                if (one.again, one.share) == (again, share) and length in {one.length, None}
            ]
            if not chosen_ones:
                continue
            rate = float(heard[chosen_ones].mean())
            low, high = interval(rate, min(speakers, len(chosen_ones)))
            print(
                f"  {kind:12} {f'{length} s' if length else 'all':>5}  parted {100 * rate:5.1f} %"
                f" [{100 * abs(low):.1f}, {100 * high:.1f}] of {len(chosen_ones)}"
            )


def calibrate(folder: Path, cache: Path | None) -> None:
    """Print what each figure would do on speakers it was not chosen on, and what the product does on all."""
    known = people(folder, cache)
    found = list(trials(known))
    for figure in ("distance", "silhouette"):
        heard = np.zeros(len(found), bool)
        for fold in range(FOLDS):
            bound = chosen([one for one in found if one.fold != fold], figure)
            held = np.array([one.fold == fold for one in found])
            heard |= held & parted(found, figure, *bound)
        floor, chance = chosen(found, figure)
        print(f"{figure}, held out; on all speakers floor {floor:.2f}, chance {chance:.1f}")
        report(found, heard, len(known))
    print(f"as it is: floor {second_look.APART:g}, chance {second_look.CHANCE:g}")
    report(found, parted(found, "distance", second_look.APART, second_look.CHANCE), len(known))


def whole_engine(folder: Path, count: int) -> None:
    """Print how many people the whole engine finds where that many speakers, evenly spaced, talk alone."""
    files, _ = utterances(folder)
    names = sorted(files)[:: max(1, len(files) // count)][:count]
    diarizer, wrong = PyannoteDiarizer(), list[str]()
    for name in names:
        with tempfile.TemporaryDirectory() as scratch:
            sound = Path(scratch) / "alone.wav"
            one_after_another(files[name], sound)
            speech = diarizer.diarize(sound, None, show_nothing)
        wrong += [name] * (len({turn.label for turn in speech.turns}) != 1)
    print(f"{len(names)} people alone, taken for more: {len(wrong)}", *wrong)


def main() -> None:
    """Print the calibration, or a line a file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sounds", nargs="*", type=Path)
    parser.add_argument("--data", type=Path, help="scores.csv and audio/ of many speakers")
    parser.add_argument("--cache", type=Path, help="a folder that keeps the vectors")
    parser.add_argument("--whole", type=int, help="instead: the whole engine on so many alone")
    options = parser.parse_args()
    if options.data and options.whole:
        whole_engine(options.data, options.whole)
    elif options.data:
        calibrate(options.data, options.cache)
    listener = Listener()
    for file in options.sounds:
        vectors = listener.vectors(read(file), listener.turns(file))
        _, distance = second_look.grouped(vectors)
        bound = second_look.two_people(len(vectors))
        told = "two" if distance >= bound and len(vectors) >= second_look.LEAST else "one"
        print(f"{file.name:32} {len(vectors)} vectors  {distance:.3f} of {bound:.3f}  {told}")


if __name__ == "__main__":
    main()
