"""Talks that no judge was made for, and two that judges were made for."""

from __future__ import annotations

import random
from dataclasses import replace

from pipeline.disfluency import marked
from pipeline.values import Dialogue, Speaker
from tests.factories import dialogue

ASKED = (
    "What did you do last weekend?",
    "Where do you live now?",
    "What do you like about your town?",
    "How do you get to work every morning?",
    "Do you have any brothers or sisters?",
    "What kind of food do you like best?",
    "When did you start learning English?",
    "Why do you want to learn English?",
)
NATIVE = (
    (
        "Well, we drove out to the coast on Saturday because my sister had rented a cottage there, and we ended up walking "
        "along the cliffs for hours."
    ),
    (
        "At the moment I'm sharing a flat near the harbour with an old friend from university, although I've been thinking of "
        "moving closer to the office."
    ),
    (
        "What I like most is that you can get everywhere on foot; there's a decent market, a couple of theatres, and the river "
        "is only five minutes away."
    ),
    "I usually cycle unless it's pouring with rain, in which case I catch the tram and get off two stops before the station.",
    (
        "I've got two brothers who are both older than me, and a sister who's just started her own business selling handmade "
        "furniture."
    ),
    "I'd probably say Italian, mostly because it's so simple to cook, but I'll eat anything as long as it isn't too spicy.",
    "Actually I grew up speaking it, so I never really had to learn it; I did study linguistics for a while, though.",
    "If I hadn't had such a brilliant teacher at school, I don't think I'd ever have become interested in how languages work.",
)
SPANISH = (
    "el fin de semana fui a la playa con mi familia y comimos mucho pescado",
    "ahora vivo en una casa muy grande cerca del río con mi perro",
    "me gusta porque las calles son tranquilas y hay muchos árboles",
    "tomo el autobús cada mañana cerca del mercado y llego en veinte minutos",
    "tengo dos hermanos mayores y una hermana que estudia medicina en Sevilla",
    "prefiero la comida italiana sobre todo cuando cocina mi abuela los domingos",
    "empecé a estudiar inglés en el colegio cuando tenía ocho años",
    "quiero hablar con gente de otros países y encontrar mejor trabajo",
)
GERMAN = "ich weiß leider nicht wie man das auf Englisch sagt aber es gefällt mir dort sehr gut"
LYRICS = (
    "We walk along the river in the pouring rain, and we will never see the morning sun again.",
    "Oh, carry me home, carry me home, over the water and under the stone.",
)
SWEARING = (
    "we went to the fucking sea and it was shit because of the damn rain all day",
    "I live with a bastard who never cleans the bloody kitchen and plays crap music",
    "nothing at all, it is a piss poor place full of assholes who drive too fast",
    "by the stupid bus, and the bitch who drives it never waits for anybody, go to hell",
    "one brother, he go to school and he is a little shit, but I love him",
    "I like a big pizza with cheese, the one they sell here tastes like ass",
    "when I was nine, and the damned teacher shouted at us every day",
    "because my f*** boss wants me to talk to customers from all over the world",
)


def talk(*replies: str) -> Dialogue:
    """Replies to the questions in their order, disfluencies marked as `attribute` does."""
    asked = (ASKED[n % len(ASKED)] for n in range(len(replies)))
    lines = [line for pair in zip(asked, replies, strict=True) for line in _pair(*pair)]
    return heard(dialogue(*lines))


def _pair(question: str, reply: str) -> tuple[str, str]:
    return f"P: {question}", f"L: {reply}"


def heard(told: Dialogue) -> Dialogue:
    """With repetitions marked in every segment."""
    return replace(
        told, segments=tuple(replace(one, words=marked(one.words)) for one in told.segments)
    )


def drawn(words: tuple[str, ...], *, turns: int = 8, length: int = 15) -> Dialogue:
    """Turns of words drawn at random, the same ones each time."""
    draw = random.Random(7)  # noqa: S311 - a draw, no secret
    return talk(*(" ".join(draw.choices(words, k=length)) for _ in range(turns)))


def gibberish() -> Dialogue:
    """Syllables that are no words, hardly one of them twice."""
    draw = random.Random(11)  # noqa: S311 - a draw, no secret
    parts = ("zor", "bli", "quan", "frim", "tho", "grel", "sna", "voon", "kwi", "dorp", "wib")
    return talk(*(" ".join("".join(draw.choices(parts, k=2)) for _ in range(15)) for _ in ASKED))


def silent() -> Dialogue:
    """The learner is in the room and says nothing."""
    told = dialogue(*(f"P: {one}" for one in ASKED))
    learner = Speaker(
        label="S2", role="learner", speech_seconds=0.0, words=0, how="given", confidence=1.0
    )
    return replace(told, speakers=(*told.speakers, learner))


def read_aloud() -> Dialogue:
    """The partner reads, the learner listens."""
    return dialogue(f"P: {' '.join(NATIVE)}", "L: okay", f"P: {' '.join(NATIVE[::-1])}", "L: I see")


def together() -> Dialogue:
    """Somebody else talks all the time."""
    told = talk(*NATIVE)
    return replace(told, segments=tuple(replace(one, overlap=True) for one in told.segments))
