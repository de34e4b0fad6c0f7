"""Which findings are slips of the learner's, and how heavy: read once from `data/grammar-rules.toml`."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from pipeline.reports import Severity


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """A kind of slip."""

    name: str
    severity: Severity


@dataclass(frozen=True, slots=True, kw_only=True)
class Slips:
    """Families by rule, reasons by rule that is off, weights by severity."""

    families: dict[str, Family]
    off: dict[str, str]
    weights: dict[str, float]

    def family(self, rule: str) -> Family | None:
        """The family of a rule that counts, None for one that does not."""
        return None if rule in self.off else self.families.get(rule)


@cache
def slips() -> Slips:
    """The data file."""
    data = tomllib.loads(files("pipeline").joinpath("data/grammar-rules.toml").read_text("utf-8"))
    return Slips(
        families={
            rule: Family(name=name, severity=family["severity"])
            for name, family in data["family"].items()
            for rule in (family["rules"] + " " + family.get("own", "")).split()
        },
        off={rule: reason for reason, rules in data["off"].items() for rule in rules.split()},
        weights=data["weights"],
    )
