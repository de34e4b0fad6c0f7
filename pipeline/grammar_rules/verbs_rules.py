"""The rules of `verbs` with their examples."""

from __future__ import annotations

from pipeline.grammar_rules.parse import Rule
from pipeline.grammar_rules.verbs import (
    after_auxiliary,
    after_to,
    be_base,
    be_past,
    enjoy_to,
    make_to,
    modal_to,
    perfect,
    preposition_base,
    wish_to_gerund,
)

RULES = (
    Rule(
        id="CQ_AFTER_AUXILIARY",
        check=after_auxiliary,
        wrong=(
            "I didn't [went|go] there.",
            "She can [goes|go] home.",
            "Does he [likes|like] it?",
            "Where did you [went|go]?",
            "He doesn't [likes|like] coffee.",
            "I could [saw|see] the sea.",
        ),
        right=(
            "What he did was wrong.",
            "I did what he said.",
            "He likes it, does he?",
            "Did he used to smoke?",
            "He could have gone.",
            "All he does is sleep.",
        ),
    ),
    Rule(
        id="CQ_MODAL_TO",
        check=modal_to,
        wrong=("You must [to go|go] now.", "We should [to help|help] him."),
        right=(
            "You must go to bed.",
            "You have to go.",
            "I ought to go.",
            "I did everything I could to save him.",
            "I'll do what I can to help.",
        ),
    ),
    Rule(
        id="CQ_AFTER_TO",
        check=after_to,
        wrong=("I wanted to [went|go] home.", "He likes to [went|go] there."),
        right=("I went to used book shops.", "I want to go home.", "Turn to left."),
    ),
    Rule(
        id="CQ_WISH_TO_GERUND",
        check=wish_to_gerund,
        wrong=("I want to [going|go] home.",),
        right=(
            "I look forward to meeting you.",
            "I am used to getting up early.",
            "I agree to meeting them.",
        ),
    ),
    Rule(
        id="CQ_ENJOY_TO",
        check=enjoy_to,
        wrong=("I enjoy [to play|playing] football.",),
        right=("I enjoy playing football.", "I enjoy it to the full."),
    ),
    Rule(
        id="CQ_MAKE_TO",
        check=make_to,
        wrong=("It makes me [to feel|feel] happy.", "My parents let me [to go|go] out."),
        right=("He was made to go.", "It makes me happy to see you.", "It takes me to school."),
    ),
    Rule(
        id="CQ_PERFECT",
        check=perfect,
        wrong=(
            "I have [went|gone] there.",
            "She has never [eat|eaten] fish.",
            "Have you ever [see|seen] it?",
        ),
        right=("I have gone there.", "You had better go.", "Have you seen it?", "I have to go."),
    ),
    Rule(
        id="CQ_BE_PAST",
        check=be_past,
        wrong=("We [were went|went] to the beach.", "It [was happened|happened] yesterday."),
        right=("It was done.", "I was broke.", "He is gone."),
    ),
    Rule(
        id="CQ_BE_BASE",
        check=be_base,
        wrong=(
            "[I'm agree|I agree] with you.",
            "They [are want|want] it.",
        ),
        right=(
            "I am going to school.",
            "They are hurt.",
            "You know who I am don't you.",
            "He is like his father.",
        ),
    ),
    Rule(
        id="CQ_PREPOSITION_BASE",
        check=preposition_base,
        wrong=("I am thinking about [become|becoming] a doctor.",),
        right=(
            "I go there to buy food.",
            "What about it?",
            "Think before you speak.",
            "He came in and sat down.",
        ),
    ),
)
