"""A LanguageTool server, by language-tool-python."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from importlib.metadata import version
from typing import Any

from pipeline.errors import ColloquyError, PermanentError, UnavailableError
from pipeline.ports import GrammarFinding

SERVICE = "grammar server"
VARIANTS = {"en": "en-US", "fr": "fr"}
"""Which variant is asked for; the rules that count are the same in all of them."""
PATIENCE = 90
"""Seconds for one text: the first one after the server's start took 24 on a loaded machine, others under
one; the client's own 300, tried twice, would hold a worker for ten minutes."""
NOT_SERVED = (KeyError, TypeError, AttributeError)
"""How the client trips over an answer that is JSON, but not LanguageTool's."""


class LanguageToolServer:
    """A server of one's own, never the public one."""

    def __init__(self, url: str) -> None:
        """`url` is the server's root, `http://host:8010`."""
        self._url = url

    @property
    def engine(self) -> str:
        """The client and the server's version, for which the server is asked once a process.

        Errors are those of `check`.
        """
        return (
            f"language-tool-python {version('language-tool-python')} server {self.server_version}"
        )

    @cached_property
    def server_version(self) -> str:
        """With the date of its build; errors are those of `check`."""
        import requests

        try:
            # A check, because its answer has the version in every release.
            with requests.post(
                f"{self._url.rstrip('/')}/v2/check",
                data={"text": "a", "language": VARIANTS["en"]},
                timeout=PATIENCE,
            ) as answer:
                software = answer.json()["software"]
                return f"{software['version']} {software.get('buildDate', '')}".strip()
        except OSError as error:
            raise _told(error) from error
        except (ValueError, *NOT_SERVED) as error:
            raise _another_program() from error

    @cached_property
    def _clients(self) -> dict[str, Any]:
        return {}

    def check(self, texts: Sequence[str], language: str) -> list[tuple[GrammarFinding, ...]]:
        """The findings of each text.

        UnavailableError when the server is away or overloaded, PermanentError for an address that cannot
        be one and for a language that the server does not have.
        """
        from language_tool_python.exceptions import LanguageToolError

        try:
            client = self._client(VARIANTS.get(language, language))
            return [tuple(_finding(one, text) for one in client.check(text)) for text in texts]
        except LanguageToolError as error:
            raise _told(error.__cause__) from error
        except NOT_SERVED as error:
            raise _another_program() from error

    def _client(self, variant: str) -> Any:  # noqa: ANN401 - the library's types are not followed
        from language_tool_python import LanguageTool

        class Client(LanguageTool):  # type: ignore[misc] # the library's types are not followed
            _TIMEOUT = PATIENCE

        if variant not in self._clients:
            try:
                self._clients[variant] = Client(variant, remote_server=self._url)
            except ValueError as error:
                raise PermanentError(
                    f"The grammar server does not know the language {variant!r}.",
                    code="language",
                    advice="Give the server that language, or analyse without grammar.",
                ) from error
        return self._clients[variant]


def _told(cause: BaseException | None) -> ColloquyError:
    """What the client's error was made from, told in a sentence."""
    import json

    import requests

    unusable = (
        requests.exceptions.InvalidURL,
        requests.exceptions.InvalidSchema,
        requests.exceptions.MissingSchema,
    )
    if isinstance(cause, unusable):
        return PermanentError(
            "The address of the grammar server is not one.",
            code="grammar-address",
            advice="Set grammar.url to the server's root, such as http://localhost:8010.",
        )
    if isinstance(cause, OSError) and not isinstance(cause, json.JSONDecodeError):
        return UnavailableError(
            "The grammar server does not answer.",
            code="grammar-server",
            service=SERVICE,
            advice="It is tried again; see that it runs at the address in grammar.url.",
        )
    return _another_program()


def _another_program() -> UnavailableError:
    # Not permanent: a proxy's error page while the server restarts looks the same.
    return UnavailableError(
        "The grammar server answers, but not as LanguageTool does.",
        code="grammar-answer",
        service=SERVICE,
        advice="It is tried again; see that grammar.url is the root of a LanguageTool server.",
    )


def _finding(match: Any, text: str) -> GrammarFinding:  # noqa: ANN401 - the library's types are not followed
    # The client turns the offset from UTF-16 units into code points, but leaves the length in units.
    units = text[match.offset :].encode("utf-16-le")[: 2 * match.error_length]
    return GrammarFinding(
        start=match.offset,
        end=match.offset + len(units.decode("utf-16-le", errors="ignore")),
        rule=match.rule_id,
        category=match.category,
        message=match.message,
        suggestions=tuple(match.replacements[:3]),
    )
