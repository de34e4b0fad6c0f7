"""A LanguageTool server, by language-tool-python."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from importlib.metadata import version
from typing import Any

from pipeline.errors import TransientError
from pipeline.ports import GrammarFinding

VARIANTS = {"en": "en-US"}
"""Which variant is asked for; the rules that count are the same in all of them."""


class LanguageToolServer:
    """A server of one's own, never the public one."""

    def __init__(self, url: str) -> None:
        """`url` is the server's root, `http://host:8010`."""
        self._url = url

    @property
    def engine(self) -> str:
        """The client; the server's version is shown by `colloquy doctor`."""
        return f"language-tool-python {version('language-tool-python')} server"

    @cached_property
    def _tools(self) -> dict[str, Any]:
        return {}

    def check(self, texts: Sequence[str], language: str) -> list[tuple[GrammarFinding, ...]]:
        """The findings of each text; the client gives offsets in code points."""
        import language_tool_python
        import requests

        variant = VARIANTS.get(language, language)
        try:
            if variant not in self._tools:
                self._tools[variant] = language_tool_python.LanguageTool(
                    variant, remote_server=self._url
                )
            return [tuple(map(_finding, self._tools[variant].check(text))) for text in texts]
        except (
            language_tool_python.utils.LanguageToolError,
            requests.RequestException,
            OSError,
        ) as error:
            raise TransientError(
                "The grammar server does not answer.",
                code="grammar-server",
                advice="See that it runs at the address in grammar.url.",
            ) from error


def _finding(match: Any) -> GrammarFinding:  # noqa: ANN401 - the library ships no types that mypy follows
    return GrammarFinding(
        start=match.offset,
        end=match.offset + match.error_length,
        rule=match.rule_id,
        category=match.category,
        message=match.message,
        suggestions=tuple(match.replacements[:3]),
    )
