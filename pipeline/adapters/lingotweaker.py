"""LanguageTool's rules in this process: the Rust port `lingotweaker`."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from importlib.metadata import version
from typing import Any

from pipeline.errors import PermanentError
from pipeline.ports import GrammarFinding

VARIANTS = {"en": "en-US", "fr": "fr-FR"}
"""What the engine calls the languages whose data are installed; the rules that count are the same in all variants."""


class LingoTweaker:
    """Needs neither Java nor a server."""

    @property
    def engine(self) -> str:
        """The port and its rule data."""
        rules = ", ".join(f"{one} {version(f'lingotweaker-data-{one}')}" for one in VARIANTS)
        return f"lingotweaker {version('lingotweaker')} rules {rules}"

    @cached_property
    def _engines(self) -> dict[str, Any]:
        return {}

    def _of(self, language: str) -> Any:  # noqa: ANN401 - the extension ships no types
        import lt_py

        if language not in self._engines:
            self._engines[language] = lt_py.Engine(VARIANTS[language])
        return self._engines[language]

    def check(self, texts: Sequence[str], language: str) -> list[tuple[GrammarFinding, ...]]:
        """The findings of each text; its byte offsets become code points."""
        if language not in VARIANTS:
            raise PermanentError(
                f"Grammar cannot be checked in the language {language!r} without a server.",
                code="language",
                advice="Set grammar.url to a LanguageTool server.",
            )
        return [tuple(map(_finding(text), self._of(language).check(text))) for text in texts]


def _finding(text: str) -> Any:  # noqa: ANN401 - a function over the extension's untyped matches
    data = text.encode()

    def found(match: dict[str, Any]) -> GrammarFinding:
        start, end = match["offset"], match["offset"] + match["length"]
        said = data[start:end].decode(errors="ignore")
        return GrammarFinding(
            start=len(data[:start].decode(errors="ignore")),
            end=len(data[:end].decode(errors="ignore")),
            rule=match["rule_id"],
            category=match["category_id"] or "",
            message=_plain(match["message"]),
            suggestions=tuple(one for one in match["suggestions"] if one != said)[:3],
        )

    return found


def _plain(message: str) -> str:
    return message.replace("<suggestion>", "“").replace("</suggestion>", "”")
