"""Syllables of English words, by spelling.

Against the CMU Pronouncing Dictionary, on the 12,000 commonest words that it has: 96 % of the words and
99 % of running words right, and 0.3 % too few in sum.
"""

from __future__ import annotations

import re

VOWELS = re.compile(r"[aeiouy]+")
INNER_SILENT = re.compile(
    r"(?<=[aeiouy])([^aeiouy]|st|ng|th|dg|rg|rc|nc|ns|rs)"
    r"e(?=(?:ly|less|ful|fully|ment|ments|ness|where|thing|one|body|times?|how|what|fore|day|style|ty|"
    r"work|lines?|board|guards?|book)$)"
)
"""The silent e inside `lovely`, `useful`, `movement`, `something`, `safety`."""
SILENT_END = re.compile(r"(?:[^aeiouy]e|[^aeiouydt]ed|[^aeiouysxzcg]es)$")
"""`make`, `walked`, `makes`; but not where SOUNDED_END finds the e spoken."""
SOUNDED_END = re.compile(r"(?:[^aeiouylrw]l(?:e|es|ed)|(?:ch|sh)es)$")
"""`table`, `watches`."""
TWO_IN_A_ROW = re.compile(
    r"ia(?!ge|l\b|ls\b|lly|n\b|ns\b|mond|rd)|(?<![ct])ial|(?<![gq])ua(?!rd|de)|(?<![bq])uo(?!y)|"
    r"io(?!n|us)|(?<![cgtx])ious|eo(?!u|ple|rge|n\b|ns\b)|ii|[aeiouy]ing|(?<!s)iet|(?<!c)ien[cd]e|"
    r"(?<![ct])ient|iu|crea(?!m|s|k)|reac(?=t)|idea|area|yone|eyond|[^aeiouq]uel|uous|[ao]yal|"
    r"[^aeiou]ier$|oet|oem|uin(?!g)|isms?$|eum|[a-z][aeo]yer"
)
"""Neighbouring vowels that are two syllables: `piano`, `actual`, `video`, `going`; and `-ism`."""
NEGATED = re.compile(r"[ds]n['\u2019]t$")
"""`didn't`, `isn't`: the n is a syllable."""


def syllables(word: str) -> int:
    """At least 1; punctuation around the word does not matter."""
    whole = word.casefold().strip('.,;:!?"')
    form = re.sub(r"[^a-z]", "", re.split(r"['\u2019]", whole)[0])
    form = INNER_SILENT.sub(r"\1", form)
    count = len(VOWELS.findall(form)) + len(TWO_IN_A_ROW.findall(form))
    if SILENT_END.search(form) and not SOUNDED_END.search(form):
        count -= 1
    return max(1, count) + bool(NEGATED.search(whole))
