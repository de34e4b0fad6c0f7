"""What rules see: a parsed text with questions that rules ask again and again."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from pipeline.grammar_rules.forms import base_of
from pipeline.ports import Token

NOUN_TAGS = frozenset({"NN", "NNS", "NNP", "NNPS"})
SUBJECTS = frozenset({"nsubj", "nsubjpass"})


@dataclass(frozen=True, slots=True)
class Hit:
    """A slip in the tokens from first to last, what would be better, and why."""

    first: int
    last: int
    better: str
    message: str


class Parse:
    """The tokens of one text; asking beyond its ends gives nothing instead of an error."""

    def __init__(self, tokens: Sequence[Token]) -> None:
        """Words in lower case and children are worked out once."""
        self.tokens = tuple(tokens)
        self.words = tuple(one.text.casefold().replace("’", "'") for one in tokens)  # noqa: RUF001
        self._bases = tuple(base_of(one.text, one.lemma) for one in tokens)
        self._children: list[list[int]] = [[] for _ in tokens]
        for n, one in enumerate(tokens):
            if one.head != n:
                self._children[one.head].append(n)

    def __len__(self) -> int:
        """Number of tokens."""
        return len(self.tokens)

    def word(self, n: int) -> str:
        """In lower case, empty outside the text."""
        return self.words[n] if 0 <= n < len(self.words) else ""

    def tag(self, n: int) -> str:
        """Penn tag, empty outside the text."""
        return self.tokens[n].tag if 0 <= n < len(self.tokens) else ""

    def pos(self, n: int) -> str:
        """Universal part of speech, empty outside the text."""
        return self.tokens[n].pos if 0 <= n < len(self.tokens) else ""

    def lemma(self, n: int) -> str:
        """In lower case, empty outside the text."""
        return self.tokens[n].lemma.casefold() if 0 <= n < len(self.tokens) else ""

    def base(self, n: int) -> str:
        """The base form of a verb, empty outside the text; a table knows pasts that misled the tagger."""
        return self._bases[n] if 0 <= n < len(self.tokens) else ""

    def text(self, first: int, last: int) -> str:
        """The tokens from first to last as they stand, a space where there was one."""
        said = ""
        for n in range(first, last + 1):
            gap = said and self.tokens[n].start > self.tokens[n - 1].end
            said += (" " if gap else "") + self.tokens[n].text
        return said

    def children(self, n: int, *deps: str) -> list[int]:
        """The dependents of a token, all or those of certain relations, in order."""
        return [k for k in self._children[n] if not deps or self.tokens[k].dep in deps]

    def subject(self, verb: int) -> int | None:
        """The one subject of a verb, None when it has none or several."""
        found = self.children(verb, *SUBJECTS)
        return found[0] if len(found) == 1 else None

    def start(self, n: int) -> int:
        """Index of the first token of the sentence that a token stands in."""
        while n > 0 and not self.tokens[n].sentence_start:
            n -= 1
        return n

    def stop(self, n: int) -> int:
        """Index after the last token of the sentence that a token stands in."""
        n += 1
        while n < len(self) and not self.tokens[n].sentence_start:
            n += 1
        return n

    def before(self, n: int) -> tuple[str, ...]:
        """The words of the sentence that stand before a token."""
        return self.words[self.start(n) : n]

    def between(self, first: int, last: int) -> range:
        """The tokens strictly between two."""
        return range(min(first, last) + 1, max(first, last))

    def noun_goes_on(self, n: int) -> bool:
        """Whether a noun is only the first part of a longer one: "week's", "two year old", "a shoe shop"."""
        after = self.tag(n + 1)
        return (
            after in NOUN_TAGS
            or after in {"POS", "HYPH", "CD"}
            or self.word(n + 1)
            in {"-", "'", "old", "long", "tall", "high", "wide", "deep", "thick"}
            or self.tokens[n].dep in {"compound", "nmod", "amod", "quantmod"}
        )


Check = Callable[[Parse], Iterator[Hit]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A kind of slip; family and severity stand in `data/grammar-rules.toml`.

    Examples: `wrong` marks slip and better form as in "He [go|goes] home."; `right` must stay silent.
    """

    id: str
    check: Check
    wrong: tuple[str, ...]
    right: tuple[str, ...]
