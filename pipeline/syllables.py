"""Syllables of English words, by spelling.

Against the CMU Pronouncing Dictionary, on the 5,000 commonest words that it has: 98 % of the words and
99.7 % of running words right, and 0.1 % too few in sum; by the rules without the table 97 % of the words. The
dictionary has no figures: numbers are counted as they are read out.
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
EXCEPTIONS = {
    "business": 2, "maybe": 2, "science": 2, "ok": 2, "mr": 2, "mrs": 2, "evening": 2, "reality": 4, "idea": 3,
    "basically": 3, "hundred": 2, "hundreds": 2, "wednesday": 2, "european": 4, "australia": 3, "russia": 2, "asia": 2,
    "theatre": 2, "centre": 2, "chocolate": 2, "baseball": 2, "naked": 2, "lion": 2, "unique": 2, "technique": 2,
    "chaos": 2, "diego": 3, "recipe": 3, "element": 3, "elements": 3, "employee": 3, "employees": 3, "influence": 3,
    "league": 1, "tongue": 1, "indian": 3, "canadian": 4, "awesome": 2, "senior": 2, "junior": 2, "brilliant": 2,
    "soldier": 2, "familiar": 3, "behavior": 3, "behaviour": 3, "parliament": 3, "suicide": 3, "usa": 3, "uk": 2,
    "realize": 3, "realise": 3, "realized": 3, "realised": 3, "mm": 1, "hmm": 1, "hm": 1, "mmm": 1, "shh": 1,
}  # fmt: skip
"""Frequent words that the rules below miss."""
EVERY = re.compile(r"^every(?=[a-z])")
"""`everything` has three, `every` alone is said with two or three."""
IRE = re.compile(r"ire(?:s|d|ment|ly)?$")
"""`tired`, `entire`: the r is a syllable, as the dictionary has it."""
FIGURES = re.compile(r"\d[\d,]*")
DIGITS = (2, 1, 1, 1, 1, 1, 1, 2, 1, 1)
"""Syllables of zero to nine …"""
TEENS = (1, 3, 1, 2, 2, 2, 2, 3, 2, 2)
"""… of ten to nineteen …"""
TENS = (0, 0, 2, 2, 2, 2, 2, 3, 2, 2)
"""… and of twenty to ninety."""
YEARS = range(1100, 2000)
"""Read in pairs: nineteen eighty-four."""
LONGEST_NUMBER = 6
"""Figures; longer ones are read out figure by figure, and so is what begins with 0."""


def syllables(word: str) -> int:
    """At least 1; punctuation around the word does not matter, figures count as they are read out."""
    figures = FIGURES.findall(word)
    if figures:
        units = 2 * ("$" in word) + 2 * ("%" in word)
        letters = re.sub(r"\d[\d,]*(?:st|nd|rd|th)?|[^A-Za-z]", "", word)
        rest = _spelled(letters) if letters else 0
        return sum(_figures(one.replace(",", "")) for one in figures) + units + rest
    return _spelled(word)


def _figures(digits: str) -> int:
    number = int(digits)
    if len(digits) > LONGEST_NUMBER or (digits[0] == "0" and len(digits) > 1):
        return sum(DIGITS[int(one)] for one in digits)
    if number in YEARS and number % 100:
        return _below_hundred(number // 100) + _below_hundred(number % 100)
    thousands, hundreds, rest = number // 1000, number // 100 % 10, number % 100
    count = _figures(str(thousands)) + 2 if thousands else 0
    count += DIGITS[hundreds] + 2 if hundreds else 0
    return count + (_below_hundred(rest) if rest or not number else 0)


def _below_hundred(number: int) -> int:
    tens, ones = divmod(number, 10)
    if tens == 1:
        return TEENS[ones]
    return TENS[tens] + (DIGITS[ones] if ones or not tens else 0)


def _spelled(word: str) -> int:
    whole = word.casefold().strip('.,;:!?"')
    form = re.sub(r"[^a-z]", "", re.split(r"['\u2019]", whole)[0])
    if form in EXCEPTIONS:
        return EXCEPTIONS[form]
    if len(form) > 1 and not VOWELS.search(form):  # TV, BBC
        return len(form)
    form = EVERY.sub("evry", form)
    ire = bool(IRE.search(form))
    form = INNER_SILENT.sub(r"\1", form)
    count = len(VOWELS.findall(form)) + len(TWO_IN_A_ROW.findall(form))
    if SILENT_END.search(form) and not SOUNDED_END.search(form):
        count -= 1
    return max(1, count) + bool(NEGATED.search(whole)) + ire
