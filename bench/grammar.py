"""False alarms on sentences of native speakers: `python -m bench.grammar --data sentences.txt.gz`.

The file holds one sentence a line, gzip or plain. Each goes the way of a learner's segment: made a clean
text, checked, and only findings that would count as slips are counted. Native text has errors too, so the
number is an upper bound.
"""

from __future__ import annotations

import argparse
import gzip
import time
from collections import Counter
from pathlib import Path

from pipeline.adapters.languagetool import LanguageToolServer
from pipeline.adapters.lingotweaker import LingoTweaker
from pipeline.ports import GrammarChecker
from pipeline.slips import slips
from pipeline.spoken import clean
from pipeline.values import LEARNER, Segment, Word

BATCH = 100
"""Sentences a call: about a conversation's worth of segments."""
SHOWN = 10


def sentences(file: Path, count: int) -> list[str]:
    """So many lines, evenly spaced in the file, so that an alphabetical list gives all letters."""
    raw = file.read_bytes()
    lines = (gzip.decompress(raw) if file.suffix == ".gz" else raw).decode().splitlines()
    return lines[:: max(1, len(lines) // count)][:count]


def spoken(sentence: str) -> Segment:
    """The sentence as if the recogniser had been sure of every word."""
    words = tuple(
        Word(id=f"w{n}", text=text, start=float(n), end=n + 0.5, probability=1.0)
        for n, text in enumerate(sentence.split())
    )
    return Segment(
        number=0,
        start=0.0,
        end=float(len(words)),
        speaker=LEARNER,
        speaker_label="S1",
        text=sentence,
        words=words,
        confidence=1.0,
        language="en",
        overlap=False,
    )


def main() -> None:
    """Print the rate, the time a sentence, and the rules that speak up most."""
    parser = argparse.ArgumentParser(description="False alarms of the grammar check")
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--sentences", type=int, default=2000)
    parser.add_argument(
        "--server", help="a LanguageTool server's URL; else the rules in this process"
    )
    parser.add_argument("--show", action="store_true", help="print each alarm")
    options = parser.parse_args()
    checker: GrammarChecker = (
        LanguageToolServer(options.server) if options.server else LingoTweaker()
    )
    texts = [clean(spoken(one)) for one in sentences(options.data, options.sentences)]
    words = sum(len(one.words) for one in texts)
    checker.check(["Warm."], "en")
    alarms: Counter[str] = Counter()
    started = time.perf_counter()
    for at in range(0, len(texts), BATCH):
        batch = [one.text for one in texts[at : at + BATCH]]
        for text, found in zip(batch, checker.check(batch, "en"), strict=True):
            for one in found:
                family = slips().family(one.rule)
                if family is None:
                    continue
                alarms[one.rule] += 1
                if options.show:
                    print(f"{one.rule:30} [{text[one.start : one.end]}] {text}")
    seconds = time.perf_counter() - started
    total = alarms.total()
    print(f"{checker.engine}: {len(texts)} sentences, {words} words")
    print(f"false alarms {100 * total / words:.3f} per 100 words ({total})")
    print(f"{1000 * seconds / len(texts):.2f} ms a sentence")
    for rule, count in alarms.most_common(SHOWN):
        print(f"  {rule:40} {count}")


if __name__ == "__main__":
    main()
