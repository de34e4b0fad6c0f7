"""CHAT, the format of TalkBank's and CHILDES's tools: an utterance a sentence, disfluencies by their codes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from pipeline.analysis import Analysis
from pipeline.disfluency import SENTENCE_END
from pipeline.talk_parts import SegmentPart, WordPart
from pipeline.values import LEARNER, UNKNOWN

CODE = re.compile(r"[A-Z0-9]{1,7}")
"""What CHAT takes for a speaker's code."""
NOT_IN_WORDS = re.compile(r"[^\w'\u2019.\-]|_")
"""Characters that are codes of CHAT's or mean nothing there; a word is parted at them."""
TERMINATORS = {"?": "?", "!": "!", "…": "+..."}
BULLET = "\x15"
"""CHAT's mark around an utterance's times in milliseconds."""


def chat(analysis: Analysis) -> str:
    """Speakers by their labels; the learner has the role Student."""
    import langcodes  # noqa: PLC0415 - its tables take long to import, and no other format needs them

    codes = _codes(analysis)
    language = langcodes.Language.get(analysis.language.code).to_alpha3()
    roles = {one.label: _role(one.role) for one in analysis.speakers}
    people = ", ".join(_participant(label, code, roles[label]) for label, code in codes.items())
    lines = ["@UTF8", "@Begin", f"@Languages:\t{language}", f"@Participants:\t{people}"]
    lines += [
        f"@ID:\t{language}|colloquy|{code}|||||{roles[label]}|||" for label, code in codes.items()
    ]
    if analysis.media.duration is not None:
        name = "_".join(analysis.media.name.rpartition(".")[0].replace('"', "").split())
        lines.append(f'@Media:\t"{name or "recording"}", audio')
    for segment in analysis.segments:
        lines += _utterances(segment, codes[segment.speaker_label])
    return "\n".join([*lines, "@End", ""])


def _codes(analysis: Analysis) -> dict[str, str]:
    """A code a label: the label itself where it can be one."""
    labels = [one.label for one in analysis.speakers]
    taken = {one for one in labels if CODE.fullmatch(one)}
    free = (f"SP{n}" for n in range(1, 2 * len(labels) + 1) if f"SP{n}" not in taken)
    return {one: one if one in taken else next(free) for one in labels}


def _role(role: str) -> str:
    if role == LEARNER:
        return "Student"
    return "Speaker" if role == UNKNOWN else "Partner"


def _participant(label: str, code: str, role: str) -> str:
    name = "_".join(re.sub(r"[^\w\s]", " ", label).split())
    return f"{code} {role}" if label == code or not name else f"{code} {name} {role}"


def _utterances(segment: SegmentPart, code: str) -> Iterator[str]:
    """Each with its times; where those of the words are not known, the last has the segment's."""
    sentences = [(words, said) for words in _sentences(segment.words) if (said := _said(words))]
    for n, (words, said) in enumerate(sentences, 1):
        start, end = words[0].start, words[-1].end
        if start is None and n == len(sentences):
            start, end = segment.start, segment.end
        times = ""
        if start is not None and end is not None:
            times = f" {BULLET}{round(1000 * start)}_{round(1000 * end)}{BULLET}"
        yield f"*{code}:\t{said} {_terminator(words[-1])}{times}"


def _sentences(words: Sequence[WordPart]) -> Iterator[list[WordPart]]:
    sentence: list[WordPart] = []
    for word in words:
        sentence.append(word)
        if word.text.endswith(SENTENCE_END):
            yield sentence
            sentence = []
    if sentence:
        yield sentence


def _terminator(last: WordPart) -> str:
    return TERMINATORS.get(last.text[-1:], ".")


def _said(words: Sequence[WordPart]) -> str:
    """The words as CHAT codes them: `&-um`, `&+wh`, `<I go> [//]`; empty where nothing can be written."""
    told: list[str] = []
    taken_back: list[str] = []
    for word in words:
        forms = _forms(word.text)
        if word.repair and not word.text.endswith("-"):
            taken_back += forms
            continue
        told += _retraced(taken_back)
        taken_back = []
        mark = "&-" if word.filler else "&+" if word.repair else ""
        told += [f"{mark}{form}" for form in forms]
        if word.text.endswith(",") and forms and not mark:
            told.append(",")
    return " ".join([*told, *_retraced(taken_back)])


def _retraced(forms: Sequence[str]) -> list[str]:
    if not forms:
        return []
    return [f"{forms[0]} [//]" if len(forms) == 1 else f"<{' '.join(forms)}> [//]"]


def _forms(text: str) -> list[str]:
    """A word without what CHAT takes for codes."""
    plain = NOT_IN_WORDS.sub(" ", text.replace("&", " and "))
    return [form for one in plain.split() if (form := one.strip(".-"))]
