"""The rules of `agreement` with their examples."""

from __future__ import annotations

from pipeline.grammar_rules.agreement import (
    noun_verb,
    persons_verb,
    pronoun_verb,
    relative_verb,
    there_be,
)
from pipeline.grammar_rules.parse import Rule

RULES = (
    Rule(
        id="CQ_PRONOUN_VERB",
        check=pronoun_verb,
        wrong=(
            "He [go|goes] to school every day.",
            "She [don't|doesn't] like tea.",
            "My sister is nice and she [have|has] a car.",
            "They [was|were] at home.",
            "I think it [need|needs] a lot of money.",
            "I [has|have] two brothers.",
            "You [is|are] my friend.",
            "[Do|Does] he live here?",
        ),
        right=(
            "Does he go to school?",
            "He and she go there.",
            "She bent over the child.",
            "That's it thank you.",
            "You stay home and have it delivered.",
            "I suggest he go home.",
            "If he were here, I would ask him.",
            "Let it go.",
            "Can she come and he go?",
            "He must go now.",
            "What they need is time.",
            "He watched her go.",
            "She said he had to go home.",
        ),
    ),
    Rule(
        id="CQ_NOUN_VERB",
        check=noun_verb,
        wrong=(
            "My brother [live|lives] in Paris.",
            "My parents [lives|live] in a small town.",
            "The people [is|are] very friendly.",
            "Everybody [know|knows] him.",
            "One of my friends [have|has] a car.",
            "My mother [don't|doesn't] eat meat.",
            "The children [was|were] tired.",
        ),
        right=(
            "The number of students is growing.",
            "The police are here.",
            "The news is good.",
            "My mother and my brother live there.",
            "Did my brother live there?",
            "Five minutes is enough.",
            "The family are at home.",
            "A lot of people live here.",
            "I saw my brother leave.",
            "The rich get richer.",
            "It is important that the student learn this.",
            "One of my friends is ill.",
            "Social media influences me a lot.",
            "Adding comments makes it easier.",
            "Other things being equal the simplest way is the best.",
            "That is everything thank you so much.",
        ),
    ),
    Rule(
        id="CQ_PERSONS_VERB",
        check=persons_verb,
        wrong=("My mother and my father [is|are] teachers.", "My friend and I [was|were] late."),
        right=("My mother and my father are teachers.", "Bread and butter is enough."),
    ),
    Rule(
        id="CQ_RELATIVE_VERB",
        check=relative_verb,
        wrong=(
            "I have a friend who [live|lives] in London.",
            "I know people who [works|work] there.",
            "It is good for people who [lives|live] here.",
        ),
        right=(
            "I have a friend who lives in London.",
            "She is one of the girls who live here.",
            "I know a boy and a girl who live there.",
            "The man who can help is here.",
            "I like comic movies which is great.",
        ),
    ),
    Rule(
        id="CQ_THERE_BE",
        check=there_be,
        wrong=(
            "There [is|are] many people in my town.",
            "There [was|were] two dogs in the garden.",
            "There [are|is] a big park near my house.",
        ),
        right=(
            "There is a table and two chairs.",
            "There are a lot of people.",
            "There is a number of problems.",
            "There is news for you.",
            "There are a few shops.",
            "Is there a bank near here?",
        ),
    ),
)
