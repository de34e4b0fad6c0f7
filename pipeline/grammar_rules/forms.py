"""Forms of English words: small tables and the spelling rules, enough to say what would be better."""

from __future__ import annotations

IRREGULAR = {
    base: (past, participle)
    for base, past, participle in (
        row.split()
        for row in """
    arise arose arisen;awake awoke awoken;bear bore borne;beat beat beaten;become became become;begin began begun
    bend bent bent;bite bit bitten;bleed bled bled;blow blew blown;break broke broken;bring brought brought
    build built built;burst burst burst;buy bought bought;catch caught caught;choose chose chosen;come came come
    cost cost cost;creep crept crept;cut cut cut;deal dealt dealt;dig dug dug;do did done;draw drew drawn
    drink drank drunk;drive drove driven;eat ate eaten;fall fell fallen;feed fed fed;feel felt felt
    fight fought fought;find found found;fly flew flown;forget forgot forgotten;forgive forgave forgiven
    freeze froze frozen;get got got;give gave given;go went gone;grow grew grown;hang hung hung;have had had
    hear heard heard;hide hid hidden;hit hit hit;hold held held;hurt hurt hurt;keep kept kept;know knew known
    lay laid laid;lead led led;leave left left;lend lent lent;let let let;lie lay lain;lose lost lost
    make made made;mean meant meant;meet met met;pay paid paid;put put put;quit quit quit;read read read
    ride rode ridden;ring rang rung;rise rose risen;run ran run;say said said;see saw seen;seek sought sought
    sell sold sold;send sent sent;set set set;shake shook shaken;shine shone shone;shoot shot shot
    shut shut shut;sing sang sung;sink sank sunk;sit sat sat;sleep slept slept;speak spoke spoken
    spend spent spent;split split split;spread spread spread;stand stood stood;steal stole stolen
    stick stuck stuck;swear swore sworn;sweep swept swept;swim swam swum;take took taken;teach taught taught
    tear tore torn;tell told told;think thought thought;throw threw thrown;understand understood understood
    wake woke woken;wear wore worn;win won won;write wrote written;withdraw withdrew withdrawn
    overcome overcame overcome;undergo underwent undergone;mistake mistook mistaken;bet bet bet
    """.replace("\n", ";").split(";")
        if row.strip()
    )
}
"""Past and participle by base form."""
PASTS = {past: base for base, (past, _) in IRREGULAR.items() if past not in IRREGULAR}
"""Base form by a past form that is nobody's base form ("found" and "saw" are in: in talk nobody founds or saws)."""
ONLY_PASTS = {past: base for past, base in PASTS.items() if past != IRREGULAR[base][1]}
"""Of these, the ones that are no participle: "went", not "made"."""
BE = frozenset({"am", "is", "are", "was", "were", "'m", "'re", "'s", "be", "been", "being"})
VOWELS = "aeiou"
DOUBLED = frozenset(
    "admit begin forget get hit let occur permit plan prefer put quit refer regret run set shop shut sit stop swim "
    "travel win cut chat drop dig fit grab jog hug plug rob rub slip step trip wrap".split()
)
"""Verbs that double the last letter before -ing and -ed."""
PLURALS = {
    "man": "men",
    "woman": "women",
    "child": "children",
    "person": "people",
    "foot": "feet",
    "tooth": "teeth",
    "goose": "geese",
    "mouse": "mice",
    "wife": "wives",
    "life": "lives",
    "knife": "knives",
    "leaf": "leaves",
    "half": "halves",
    "shelf": "shelves",
    "thief": "thieves",
    "wolf": "wolves",
    "loaf": "loaves",
    "hero": "heroes",
    "potato": "potatoes",
    "tomato": "tomatoes",
    "echo": "echoes",
}
ALWAYS_ER = {"good": ("better", "best"), "bad": ("worse", "worst"), "far": ("farther", "farthest")}


def third(base: str) -> str:
    """The form after "he": "go" gives "goes"."""
    if base in {"be", "have"}:
        return "is" if base == "be" else "has"
    if base in {"do", "go"} or base.endswith(("s", "x", "z", "ch", "sh")):
        return base + "es"
    return base[:-1] + "ies" if _consonant_y(base) else base + "s"


def past(base: str) -> str:
    """The simple past."""
    return IRREGULAR[base][0] if base in IRREGULAR else _regular_past(base)


def participle(base: str) -> str:
    """The form after "have"."""
    return IRREGULAR[base][1] if base in IRREGULAR else _regular_past(base)


def gerund(base: str) -> str:
    """The form in -ing."""
    if base.endswith("ie"):
        return base[:-2] + "ying"
    if base.endswith("e") and not base.endswith(("ee", "oe", "ye")) and base != "be":
        return base[:-1] + "ing"
    return (base + base[-1] if base in DOUBLED and base != "travel" else base) + "ing"


def plural(noun: str) -> str:
    """More than one of a noun, the case of its first letter kept."""
    known = PLURALS.get(noun.casefold())
    if known:
        return noun[0] + known[1:]
    if noun.casefold().endswith(("man",)) and noun.casefold() not in {"human", "german", "roman"}:
        return noun[:-2] + "en"
    if noun.endswith(("s", "x", "z", "ch", "sh")):
        return noun + "es"
    return noun[:-1] + "ies" if _consonant_y(noun) else noun + "s"


def indefinite(word: str) -> str:
    """The word behind "a" or "an", by its first letter as it sounds."""
    low = word.casefold()
    vowel = low[0] in VOWELS and not low.startswith(("uni", "use", "usu", "euro", "one"))
    return ("an " if vowel or low in {"hour", "honest"} else "a ") + word


def graded(adjective: str) -> tuple[str, str]:
    """Comparative and superlative of a short adjective."""
    if adjective in ALWAYS_ER:
        return ALWAYS_ER[adjective]
    stem = adjective
    if adjective.endswith("e"):
        stem = adjective[:-1]
    elif _consonant_y(adjective):
        stem = adjective[:-1] + "i"
    elif adjective in {"big", "hot", "thin", "fat", "sad", "wet"}:
        stem = adjective + adjective[-1]
    return stem + "er", stem + "est"


def base_of(form: str, lemma: str) -> str:
    """The base form of a verb; the table knows better where a wrong form misled the tagger."""
    low = form.casefold()
    if low in PASTS:
        return PASTS[low]
    if low in {"is", "are", "am", "was", "were", "'s", "'re", "'m"}:
        return "be"
    if low in {"has", "had", "does", "did"}:
        return {"has": "have", "had": "have"}.get(low, "do")
    return lemma.casefold()


def _regular_past(base: str) -> str:
    if base.endswith("e"):
        return base + "d"
    if _consonant_y(base):
        return base[:-1] + "ied"
    return (base + base[-1] if base in DOUBLED and base != "travel" else base) + "ed"


def _consonant_y(word: str) -> bool:
    return len(word) > 1 and word.endswith("y") and word[-2] not in VOWELS
