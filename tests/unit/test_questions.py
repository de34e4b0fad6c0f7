from __future__ import annotations

import pytest

from pipeline.questions import answered, asked


@pytest.mark.parametrize(
    ("prompt", "kinds"),
    [
        ("Do you like tea?", ["yes-no"]),
        ("do you like tea", ["yes-no"]),
        ("You like tea?", ["yes-no"]),
        ("What about Friday?", ["yes-no"]),
        ("You like tea, don't you?", ["tag"]),
        ("It is late, isn't it", ["tag"]),
        ("Do you prefer tea or coffee?", ["alternative"]),
        ("Do you like tea or not?", ["yes-no"]),
        ("Tea, coffee, or something else?", ["what"]),
        ("Who taught you English?", ["who"]),
        ("When did you arrive?", ["when"]),
        ("What time is it?", ["when"]),
        ("How long did you stay?", ["when"]),
        ("At what time should I call?", ["when"]),
        ("Okay, so where do you live", ["where"]),
        ("Which city is it in?", ["where"]),
        ("Why do you study?", ["why"]),
        ("How many sisters do you have?", ["how many"]),
        ("How do you go to work?", ["how"]),
        ("What's your favourite food", ["what"]),
        ("And you?", ["what"]),
        ("Could you tell me where you live?", ["where"]),
        ("Tell me about your family.", ["request"]),
        ("Can you describe the picture?", ["request"]),
        ("Nice. Where do you live? Do you like it?", ["where", "yes-no"]),
        ("I live in a village.", []),
        ("When I was young I lived here.", []),
        ("What I like is tea.", []),
        ("Have a nice day.", []),
        ("", []),
        ("?", ["yes-no"]),
    ],
)
def test_kinds_of_question(prompt: str, kinds: list[str]) -> None:
    assert [one.kind for one in asked(prompt)] == kinds


@pytest.mark.parametrize(
    ("question", "reply", "how"),
    [
        ("Do you like tea?", "Yes, please.", "in kind"),
        ("Do you like tea?", "Of course.", "in kind"),
        ("Do you like tea?", "My mother drinks it daily", "clause"),
        ("Do you like tea?", "Green tea mostly", "clause"),
        ("Do you like tea?", "Purple bananas", "missed"),
        ("Tea or coffee?", "Coffee, please", "in kind"),
        ("Tea or coffee?", "Both", "in kind"),
        ("Tea or coffee?", "I had a long day", "missed"),
        ("When do you get up?", "At seven", "in kind"),
        ("When do you get up?", "Before breakfast", "in kind"),
        ("When do you get up?", "In my kitchen", "missed"),
        ("Where do you live?", "In Łódź", "in kind"),
        ("Where do you live?", "São Paulo", "in kind"),
        ("Where do you live?", "I come to Kraków often", "in kind"),
        ("Where do you live?", "Yes", "missed"),
        ("Where do you live?", "I got up at 7", "missed"),
        ("Who helped you?", "My brother did", "in kind"),
        ("Who helped you?", "It was raining all day long", "missed"),
        ("How many dogs do you have?", "Two", "in kind"),
        ("How many dogs do you have?", "A lot", "in kind"),
        ("How many dogs do you have?", "Brown dogs and white dogs", "missed"),
        ("Why are you late?", "Because of rain", "in kind"),
        ("Why are you late?", "The bus broke down", "clause"),
        ("Why are you late?", "Yes", "missed"),
        ("What did you eat?", "Soup", "in kind"),
        ("What did you eat?", "Yes", "missed"),
        ("When do you get up?", "I don't know.", "unknown"),
        ("Where is it?", "I'm not sure", "unknown"),
        ("When do you get up?", "Why do you ask?", "asked back"),
        ("When do you get up?", "", "missed"),
    ],
)
def test_answers_by_what_is_asked_for(question: str, reply: str, how: str) -> None:
    assert answered(asked(question), reply) == how


def test_of_several_questions_one_answered_is_enough() -> None:
    both = asked("Where do you live? How many dogs do you have?")
    assert answered(both, "Two") == "in kind"
    assert answered(both[:1], "Two of them are brown dogs") == "missed"
