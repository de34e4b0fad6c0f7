"""Words that rules have to know."""

from __future__ import annotations

GROUPS = frozenset(
    "audience army band bit board bunch cast class club committee company community couple crew crowd data dozen "
    "enemy family few firm generation government group half handful jury kind lot majority media minority most "
    "number orchestra pair part party people percent percentage plenty police press proportion public quarter rest "
    "series set sort staff team third total type variety youth range percentile hundred thousand million".split()
)
"""Singular nouns that go with both forms of the verb."""
SAME = frozenset(
    "sheep fish deer series species means aircraft spacecraft offspring salmon trout shrimp bison moose swine "
    "crossroads headquarters barracks gallows works sweepstakes yen yuan baht won rand percent hertz dice cattle "
    "people police poultry data media hundred thousand million billion trillion dozen score oclock o'clock a.m. p.m. "
    "am pm kg km cm mm mph craft sport swiss chinese japanese vietnamese portuguese yes thanks "
    "downstairs upstairs".split()
)
"""One and more of these look alike."""
ADJECTIVE_PEOPLE = frozenset(
    "rich poor young old elderly blind deaf dead homeless unemployed wealthy sick injured wounded french english "
    "british chinese japanese dutch irish spanish swiss welsh living innocent disabled".split()
)
"""Adjectives that stand for people: "the rich are"."""
UNITS = frozenset(
    "year month week day hour minute second mile kilometer kilometre meter metre foot inch yard dollar euro pound "
    "cent yen percent degree kilo kilogram gram ton liter litre gallon time penny buck".split()
)
"""Amounts of these are one thing: "five minutes is enough"."""
SINGULAR_S = frozenset(
    "news economics mathematics maths physics politics athletics gymnastics linguistics statistics ethics mechanics "
    "electronics aerobics genetics diabetes measles mumps billiards darts checkers dominoes works means series "
    "species headquarters crossroads gallows barracks states nations philippines netherlands bahamas physics "
    "robotics classics aerodynamics logistics analytics summons lens gas bus kudos basics specifics thanks "
    "chess rabies graphics tactics acoustics hysterics".split()
)
"""Nouns in -s that may be singular."""
MASS = frozenset(
    "advice information homework furniture equipment luggage baggage knowledge money music traffic software hardware "
    "news housework evidence feedback progress weather research garbage rubbish rice bread luck fun health water "
    "slang vocabulary scenery machinery jewelry clothing food stuff electricity pollution energy".split()
)
"""Nouns that are not counted."""
COUNTED_MASS = {
    "informations": "information",
    "advices": "advice",
    "homeworks": "homework",
    "furnitures": "furniture",
    "equipments": "equipment",
    "knowledges": "knowledge",
    "luggages": "luggage",
    "baggages": "baggage",
    "softwares": "software",
    "hardwares": "hardware",
    "musics": "music",
    "traffics": "traffic",
    "feedbacks": "feedback",
    "sceneries": "scenery",
    "evidences": "evidence",
    "houseworks": "housework",
    "progresses": "progress",
    "machineries": "machinery",
    "jewelries": "jewelry",
    "garbages": "garbage",
    "moneys": "money",
    "electricities": "electricity",
    "pollutions": "pollution",
    "slangs": "slang",
    "stuffs": "stuff",
    "childrens": "children",
    "peoples": "people",
    "mens": "men",
    "womens": "women",
    "feets": "feet",
    "teeths": "teeth",
    "clotheses": "clothes",
    "furnitureses": "furniture",
    "sheeps": "sheep",
    "mans": "men",
    "womans": "women",
    "childs": "children",
    "persones": "people",
    "foots": "feet",
    "mouses": "mice",
    "tooths": "teeth",
}
"""What learners make plural that has no plural, or another one."""
AN_AMOUNT = {
    "advice": "some advice",
    "information": "some information",
    "homework": "homework",
    "furniture": "a piece of furniture",
    "equipment": "a piece of equipment",
    "luggage": "a piece of luggage",
    "baggage": "a piece of baggage",
    "news": "some news",
    "money": "some money",
    "housework": "housework",
    "software": "software",
    "feedback": "feedback",
    "traffic": "traffic",
    "evidence": "evidence",
    "progress": "progress",
    "weather": "weather",
    "garbage": "garbage",
    "rubbish": "rubbish",
    "bread": "bread",
    "music": "music",
    "fun": "fun",
    "luck": "luck",
}
"""What to say instead of "a" with them."""
COUNTED = frozenset(
    "animal apartment apple area baby bag ball bank bed bike bird boat book bottle box boy brother building bus "
    "business cake camera car card cat chair chance child church city class classmate club college colleague color "
    "colour computer country course cousin cup customer day daughter desk dish doctor dog door dream egg employee "
    "event exam example exercise eye face fact family festival file film finger flower foreigner friend game garden "
    "gift girl grandparent guy hobby holiday home hospital hotel hour house idea island item job joke journey key "
    "kid kilometer language law lawyer leader lesson letter lie machine magazine man market meal meeting message "
    "mile minute mistake month mountain movie museum name neighbor neighbour newspaper night nurse office opinion "
    "option page parent park party person phone photo picture place plan planet plant player policeman practice "
    "present price problem product professor program project question reason relative restaurant river road "
    "rule school season secret shirt shoe shop sister situation skill soldier son song souvenir star story store "
    "street student subject suggestion symbol table task teacher team thing ticket tool topic tourist town toy "
    "tradition tree trip university user vacation vegetable video village visitor vote wall way week window winner "
    "woman word worker writer year".split()
)
"""Common nouns that are counted when anything is: after "a lot of" they are plural."""
PERSONS = frozenset(
    "mother father mom dad mum brother sister friend wife husband son daughter uncle aunt cousin grandmother "
    "grandfather grandma grandpa boy girl man woman teacher student boss girlfriend boyfriend classmate".split()
)
NUMBERS = frozenset(
    "two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen "
    "nineteen twenty thirty forty fifty sixty seventy eighty ninety".split()
)
MANDATIVE = frozenset(
    "suggest suggested suggests insist insisted insists demand demanded demands recommend recommended recommends "
    "request requested requests propose proposed proposes require required requires order ordered ask asked asks "
    "important essential vital necessary imperative advisable desirable crucial suggestion recommendation lest "
    "urge urged command commanded advise advised proposal requirement condition better bless save help god "
    "preferable moved beg begged prefer preferred may long far heaven".split()
)
"""After these the base form may be a subjunctive: "I suggest he go"."""
UNREAL = frozenset(
    "if wish wished wishes though suppose supposing imagine unless rather as whether even though time".split()
)
"""After these "were" may be unreal: "if he were"."""
BARE_AFTER = frozenset("let make help see hear watch have feel notice wish bid get find".split())
"""Verbs that take an object and a base form: "let it go"."""
INDEFINITE = frozenset(
    "everybody everyone everything somebody someone something nobody nothing anybody anyone anything".split()
)
PURE_VERBS = frozenset(
    "be become buy bring communicate create decide do eat get give go happen have hear improve know learn make meet "
    "practise read receive remember see sell send solve speak spend teach tell understand write choose explain "
    "protect avoid say discuss enjoy arrive achieve develop earn forget lose obtain prepare produce reduce save sing".split()
)
"""Verbs whose base form is hardly ever a noun."""
NAMING = frozenset({"name", "label", "call", "title"})
"""Before "it" they ask that it be named: "label it doctor visit"."""
HELPERS = frozenset(
    "do does did can could will would shall should may might must 'll 'd wo ca let make makes made help to"
    " need dare ai".split()
)
"""They want a base form after what stands between: "does he", "let her"."""
VERSUS = frozenset({"vs", "versus"})
"""Between two sides: "a phillies vs braves game", "giants vs rockies is fun"."""
OWNERS_IN_S = frozenset({"peoples", "childrens", "mens", "womens"})
"""These sound like "people's"."""
OWNED = frozenset(
    "lives needs views hopes dreams fears faces names votes looks houses hearts".split()
)
"""What people have that the parse may take for a verb: in "peoples lives" nobody can hear who is right."""
