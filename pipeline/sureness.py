"""From what probability on a word that was heard may count, and for what."""

from __future__ import annotations

UNSURE = 0.5
"""A word of lower probability may be the recogniser's error and costs the learner nothing; at a half
the recogniser itself holds it for as likely wrong as right."""
SURELY = 0.7
"""No slip of grammar rests on a word of lower probability, or on one beside it, and none is quoted as said well: of the words
quoted from five conversations 9 of 21 from .5 to .6 had been said otherwise, 6 of 29 from .6 to .7, 3 of 33 from .7 to .8."""
READINGS = (UNSURE, 0.6, SURELY)
"""Range of words and fit of replies are means over readings of the talk, each of the words of at least so much probability, so
that a word that is heard a little less surely moves them a little. When four conversations are 20 dB softer or 6 dB louder,
points for vocabulary move by up to .011 of the cap and not .022, for comprehension by .007 on average and not .010 (at a
recogniser's floor of -57 dB, where words still changed)."""
