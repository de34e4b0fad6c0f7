"""LanguageTool's server beside its rules in this process: `python -m bench.grammar_server --url https://127.0.0.1:18010 --ca FILE`.

First what batches save: 400 turns, a request each as it was done before and in batches, forwards and backwards in
turn. Then where the two differ, rule by rule, on the repository's own sentences.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from unittest.mock import patch

import requests

from bench.grammar import MARKED, own_sentences
from pipeline.adapters.languagetool import AT_ONCE, FILL, LanguageToolServer
from pipeline.adapters.lingotweaker import LingoTweaker
from pipeline.grammar_rules import RULES
from pipeline.ports import GrammarChecker
from pipeline.slips import slips

TURNS = 400
FRENCH = Path(__file__).parents[1] / "tests" / "contract" / "french-talk.txt"
WAYS = ((1, 1), (1, AT_ONCE), (1000, AT_ONCE), (FILL, 1), (FILL, AT_ONCE), (16_000, AT_ONCE))
"""UTF-16 units in a request and requests at once; the first is how it was before there were batches."""
BOTH = ("both", "only here", "only the server")


@dataclass(frozen=True, slots=True, order=True)
class Found:
    """A finding in a text, without its words for people."""

    text: int
    start: int
    end: int
    rule: str
    category: str


def english() -> list[str]:
    """Own test sentences, then the examples of own rules; wrong first, each as it would be right too."""
    examples = (one for rule in RULES for one in (*rule.wrong, *rule.right))
    marked = [*(text for _, text in own_sentences()), *examples]
    wrong = [MARKED.sub(r"\1", one) for one in marked]
    return list(dict.fromkeys([*wrong, *(MARKED.sub(r"\2", one) for one in marked)]))


def french() -> list[str]:
    """Everyday talk of native speakers, as it is and with the first letter small, which some rules mind."""
    lines = FRENCH.read_text(encoding="utf-8").splitlines()
    return [*lines, *(one[0].lower() + one[1:] for one in lines)]


def timed(url: str, ca: Path | None, texts: Sequence[str], rounds: int) -> Iterator[str]:
    """Requests and the median seconds of each way, as rows of a table."""
    send = requests.Session.send
    seconds: dict[tuple[int, int], list[float]] = {one: [] for one in WAYS}
    asked: dict[tuple[int, int], int] = {}
    for number in range(rounds):
        for fill, at_once in WAYS if number % 2 == 0 else reversed(WAYS):
            server = LanguageToolServer(url, ca=ca, fill=fill, at_once=at_once)
            with patch.object(requests.Session, "send", autospec=True, side_effect=send) as sent:
                began = time.monotonic()
                server.check(texts, "en")
                seconds[fill, at_once].append(time.monotonic() - began)
            asked[fill, at_once] = sent.call_count
    for fill, at_once in WAYS:
        took = seconds[fill, at_once]
        whole = f"{statistics.median(took):.1f} ({min(took):.1f} to {max(took):.1f})"
        yield f"| {'a text' if fill == 1 else fill} | {at_once} | {asked[fill, at_once]} | {whole} |"


def compared(
    here: GrammarChecker, server: GrammarChecker, texts: Sequence[str], language: str
) -> Iterator[str]:
    """Rows of the rules that not both find alike, and of all others together."""
    ours, theirs = findings(here, texts, language), findings(server, texts, language)
    counts: dict[tuple[str, bool], Counter[str]] = {}
    for one in ours | theirs:
        counted = slips(language).family(one.rule, one.category) is not None
        where = BOTH[0] if one in ours & theirs else BOTH[1] if one in ours else BOTH[2]
        counts.setdefault((one.rule, counted), Counter())[where] += 1
    for counted in (True, False):
        rules = {rule: found for (rule, counts_), found in counts.items() if counts_ == counted}
        same = {rule for rule, found in rules.items() if not found[BOTH[1]] + found[BOTH[2]]}
        alike = sum(rules[rule][BOTH[0]] for rule in same)
        yes = "yes" if counted else "no"
        yield f"| {language} | {len(same)} rules, alike | {yes} | {alike} | 0 | 0 |"
        for rule in sorted(set(rules) - same):
            cells = " | ".join(str(rules[rule][one]) for one in BOTH)
            yield f"| {language} | `{rule}` | {yes} | {cells} |"


def findings(checker: GrammarChecker, texts: Sequence[str], language: str) -> set[Found]:
    """All of them, those that count for nothing too."""
    return {
        Found(number, one.start, one.end, one.rule, one.category)
        for number, found in enumerate(checker.check(texts, language))
        for one in found
    }


def main() -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser(description="LanguageTool's server beside its rules here")
    parser.add_argument("--url", required=True)
    parser.add_argument("--ca", type=Path)
    parser.add_argument("--rounds", type=int, default=5, help="0: only the second table")
    options = parser.parse_args()
    server = LanguageToolServer(options.url, ca=options.ca)
    here, texts = LingoTweaker(), english()
    print(f"{server.engine}; {here.engine}")
    if options.rounds:
        server.check(texts, "en")  # a server that has just started compiles as it goes
        print("\n| units a request | at once | requests | seconds |\n|---|---|---|---|")
        print(*timed(options.url, options.ca, texts[:TURNS], options.rounds), sep="\n")
    print(f"\n{len(texts)} English and {len(french())} French texts")
    print(
        "\n| language | rule | counts | both | only here | only the server |\n|---|---|---|---|---|---|"
    )
    print(*compared(here, server, texts, "en"), sep="\n")
    print(*compared(here, server, french(), "fr"), sep="\n")


if __name__ == "__main__":
    main()
