"""Which findings are slips of the learner's, and how heavy: read once from `data/grammar-rules.toml` and its sisters."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any

from pipeline.grammar_rules.parse import Parse
from pipeline.grammar_rules.phrases import Pattern, patterns
from pipeline.ports import GrammarFinding, Token
from pipeline.reports import Severity


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """A kind of slip."""

    name: str
    severity: Severity


@dataclass(frozen=True, slots=True, kw_only=True)
class Slips:
    """Families by rule and by category of rules, reasons by rule that is off, weights by severity."""

    families: dict[str, Family]
    off: dict[str, str]
    weights: dict[str, float]
    categories: dict[str, Family] = field(default_factory=dict)
    unless: dict[str, tuple[Pattern, ...]] = field(default_factory=dict)
    """By rule, where its findings are wrong."""

    def family(self, rule: str, category: str = "") -> Family | None:
        """The family of a rule that counts, by the category where the rule has none; None for one that does not."""
        if rule in self.off:
            return None
        return self.families.get(rule) or self.categories.get(category)

    def misfires(self, finding: GrammarFinding, tokens: Sequence[Token]) -> bool:
        """Whether the finding touches what its rule is known to be wrong about."""
        known = self.unless.get(finding.rule, ())
        parse = Parse(tokens) if known else None
        return parse is not None and any(
            one.at(parse, n - k)
            for n, token in enumerate(tokens)
            if token.start < finding.end and finding.start < token.end
            for one in known
            for k in range(one.first, one.last + 1)
        )


@cache
def slips(language: str = "en") -> Slips:
    """The data file of the language; the weights of severities are the same in all."""
    data = _read("grammar-rules.toml" if language == "en" else f"grammar-rules-{language}.toml")
    families = {
        name: Family(name=name, severity=family["severity"])
        for name, family in data["family"].items()
    }
    return Slips(
        families=_named(data, families, "rules") | _named(data, families, "own"),
        off={rule: reason for reason, rules in data["off"].items() for rule in rules.split()},
        weights=data["weights"] if language == "en" else slips().weights,
        categories=_named(data, families, "categories"),
        unless={
            rule: tuple(one for text in row["patterns"] for one in patterns(text, {}))
            for rule, row in data.get("unless", {}).items()
        },
    )


def _read(name: str) -> dict[str, Any]:
    return tomllib.loads(files("pipeline").joinpath(f"data/{name}").read_text("utf-8"))


def _named(data: Mapping[str, Any], families: Mapping[str, Family], what: str) -> dict[str, Family]:
    """The families by what they name."""
    return {
        one: families[name]
        for name, family in data["family"].items()
        for one in family.get(what, "").split()
    }
