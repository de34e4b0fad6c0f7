"""MATTR, MTLD and HD-D against what reference packages give of two known texts: `python -m bench.diversity`."""

from __future__ import annotations

import re

from bench.figures import Figure
from pipeline.lexical import mattr, mtld, presence

GETTYSBURG = """
Four score and seven years ago our fathers brought forth on this continent, a new nation,
conceived in Liberty, and dedicated to the proposition that all men are created equal. Now we
are engaged in a great civil war, testing whether that nation, or any nation so conceived and so
dedicated, can long endure. We are met on a great battle-field of that war. We have come to
dedicate a portion of that field, as a final resting place for those who here gave their lives
that that nation might live. It is altogether fitting and proper that we should do this. But, in
a larger sense, we can not dedicate - we can not consecrate - we can not hallow - this ground.
The brave men, living and dead, who struggled here, have consecrated it, far above our poor
power to add or detract. The world will little note, nor long remember what we say here, but it
can never forget what they did here. It is for us the living, rather, to be dedicated here to
the unfinished work which they who fought here have thus far so nobly advanced. It is rather for
us to be here dedicated to the great task remaining before us - that from these honored dead we
take increased devotion to that cause for which they gave the last full measure of devotion -
that we here highly resolve that these dead shall not have died in vain - that this nation,
under God, shall have a new birth of freedom - and that government of the people, by the people,
for the people, shall not perish from the earth.
"""
"""Lincoln's address, Bliss copy."""
README = """
Measure of textual lexical diversity, computed as the mean length of sequential words in a text that
maintains a minimum threshold TTR score. Iterates over words until TTR scores falls below a threshold,
then increase factor counter by 1 and start over. McCarthy and Jarvis (2010, pg. 385) recommends a
factor threshold in the range of [0.660, 0.750]. (McCarthy 2005, McCarthy and Jarvis 2010)
"""
"""The worked example of the package lexicalrichness 0.5.1 (MIT licence)."""
SAMPLE = 42
"""Words of a sample in HD-D (McCarthy & Jarvis 2007)."""
PUBLISHED = (
    # lexical-diversity 0.1.1 (K. Kyle): mattr(window_length=50), mtld()
    ("MATTR, window 50, of the Gettysburg address", 0.7664573991031387),
    ("MTLD of the Gettysburg address", 58.13140794223827),
    # lexicalrichness 0.5.1; it ends an MTLD stretch at exactly .72 (46.79), we and lexical-diversity below it
    ("MATTR, window 25, of lexicalrichness' worked example", 0.8351515151515151),
    ("HD-D of lexicalrichness' worked example", 0.7468703323966486),
)
"""What is measured, and what the reference package gives."""


def forms(text: str) -> list[str]:
    """Its words, without case and punctuation."""
    return re.findall(r"[a-z]+", text.lower())


def ours() -> tuple[float, ...]:
    """The product's own values, in the order of PUBLISHED."""
    address, example = forms(GETTYSBURG), forms(README)
    expected = sum(presence(example.count(one), len(example), SAMPLE) for one in set(example))
    return mattr(address), mtld(address), mattr(example, window=25), expected / SAMPLE


def figures() -> list[Figure]:
    """How far each value is from the published one, as a share of it."""
    return [
        Figure(
            name=f"{name}, relative error",
            value=abs(value / published - 1),
            low=None,
            high=None,
            n=1,
            unit="text",
            higher_is_better=False,
        )
        for (name, published), value in zip(PUBLISHED, ours(), strict=True)
    ]


if __name__ == "__main__":
    print(*figures(), sep="\n")
