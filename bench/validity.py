"""Every figure of validity in one command: `python -m bench.validity --data FOLDER`.

Prints the figures, writes docs/validity.md, and ends with exit status 1 where a figure fell by more than its noise against
bench/validity.json (see `bench.baseline`), or where a part lacks its data. `--accept` makes the figures the new baseline.
Parts that were left out keep the baseline's figures on the page.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from bench.baseline import FILE, Fall, falls, load, save
from bench.figures import Figure, Part
from bench.page import PAGE, TEMPLATE, document

DONE, FAILED = 0, 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Files:
    """Where the baseline stands, and the page with its template."""

    baseline: Path = FILE
    page: Path = PAGE
    template: Path = TEMPLATE


def chosen(parts: Mapping[str, Part], only: Sequence[str], *, slow: bool) -> dict[str, Part]:
    """The parts to measure, in the order of the page."""
    if only:
        return {name: one for name, one in parts.items() if name in only}
    return {name: one for name, one in parts.items() if slow or not one.slow}


def told(message: str) -> None:
    """A line on stderr: stdout is the table's or the JSON document's alone."""
    print(message, file=sys.stderr, flush=True)


def run(
    parts: Mapping[str, Part], data: Path, cache: Path | None, *, quiet: bool
) -> tuple[dict[str, Sequence[Figure]], dict[str, float]]:
    """The figures of each part, and its seconds; each is printed as soon as it is measured."""
    figures, seconds = {}, {}
    for name, part in parts.items():
        started = time.monotonic()
        figures[name] = part.measure(data, cache)
        seconds[name] = round(time.monotonic() - started, 1)
        if not quiet:
            print(f"{name} ({seconds[name]:.0f} s)")
            print(*(f"  {one}" for one in figures[name]), sep="\n", flush=True)
    return figures, seconds


def main(
    parts: Mapping[str, Part],
    arguments: Sequence[str] | None = None,
    files: Files | None = None,
) -> int:
    """Measure, print, compare and write; the exit status."""
    files = files or Files()
    options = _options(arguments, parts)
    wanted = chosen(parts, options.only, slow=options.slow)
    lacking = [
        f"{name} lacks {', '.join(some)}"
        for name, one in wanted.items()
        if (some := one.lacking(options.data))
    ]
    if lacking:
        told(
            f"{options.data} is incomplete: {'; '.join(lacking)}. Add it, or name other parts by --only."
        )
        return FAILED
    if options.cache:
        options.cache.mkdir(parents=True, exist_ok=True)
    figures, seconds = run(wanted, options.data, options.cache, quiet=options.json)
    before = load(files.baseline)
    fallen = falls(before, figures)
    if unguarded := [name for name in figures if name not in before]:
        told(
            f"Nothing to compare with yet: {', '.join(unguarded)}. --accept makes it the baseline."
        )
    everything = {name: [*new] for name in parts if (new := {**before, **figures}.get(name))}
    files.page.write_text(document(everything, files.template.read_text("utf-8")), "utf-8")
    if options.accept:
        save(everything, files.baseline)
    if options.json:
        print(_json(figures, seconds, fallen))
    for one in fallen:
        told(f"FELL  {one}")
    return FAILED if fallen and not options.accept else DONE


def _options(arguments: Sequence[str] | None, parts: Mapping[str, Part]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m bench.validity",
        description="How well words, speakers and scores agree with people, against the figures accepted last.",
        epilog="Example: python -m bench.validity --data FOLDER --only grammar vocabulary",
    )
    parser.add_argument("--data", type=Path, required=True, help="the folder with the corpora")
    parser.add_argument("--only", nargs="+", choices=list(parts), default=[], metavar="PART",
                        help=f"some of: {', '.join(parts)}")  # fmt: skip
    parser.add_argument("--slow", action="store_true",
                        help="also what takes longer than all the others together")  # fmt: skip
    parser.add_argument(
        "--cache", type=Path, help="keep recognition and diarization in this folder"
    )
    parser.add_argument("--accept", action="store_true", help="make the figures the new baseline")
    parser.add_argument("--json", action="store_true", help="one JSON document on stdout")
    return parser.parse_args(arguments)


def _json(
    figures: Mapping[str, Sequence[Figure]], seconds: Mapping[str, float], fallen: Sequence[Fall]
) -> str:
    rows = [
        {"part": part} | {key: value for key, value in asdict(one).items() if key != "draws"}
        for part, some in figures.items()
        for one in some
    ]
    told_falls = [asdict(one) for one in fallen]
    return json.dumps({"figures": rows, "seconds": seconds, "falls": told_falls})


if __name__ == "__main__":
    from bench.parts import PARTS  # every engine, which the rest of this module needs not

    sys.exit(main(PARTS))
