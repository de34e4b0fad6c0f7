"""LanguageTool's rules in this process: the Rust port `lingotweaker`, English only."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from importlib.metadata import version
from typing import Any

from pipeline.errors import PermanentError
from pipeline.ports import GrammarFinding


class LingoTweaker:
    """Needs neither Java nor a server."""

    @property
    def engine(self) -> str:
        """The port and its rule data."""
        return f"lingotweaker {version('lingotweaker')} rules {version('lingotweaker-data-en')}"

    @cached_property
    def _english(self) -> Any:  # noqa: ANN401 - the extension ships no types
        import lt_py

        return lt_py.Engine("en-US")

    def check(self, texts: Sequence[str], language: str) -> list[tuple[GrammarFinding, ...]]:
        """The findings of each text; its byte offsets become code points."""
        if language != "en":
            raise PermanentError(
                f"Grammar cannot be checked in the language {language!r} without a server.",
                code="language",
                advice="Set grammar.url to a LanguageTool server.",
            )
        return [tuple(map(_finding(text), self._english.check(text))) for text in texts]


def _finding(text: str) -> Any:  # noqa: ANN401 - a function over the extension's untyped matches
    data = text.encode()

    def found(match: dict[str, Any]) -> GrammarFinding:
        start, end = match["offset"], match["offset"] + match["length"]
        return GrammarFinding(
            start=len(data[:start].decode(errors="ignore")),
            end=len(data[:end].decode(errors="ignore")),
            rule=match["rule_id"],
            category=match["category_id"] or "",
            message=_plain(match["message"]),
            suggestions=tuple(match["suggestions"][:3]),
        )

    return found


def _plain(message: str) -> str:
    return message.replace("<suggestion>", "“").replace("</suggestion>", "”")
