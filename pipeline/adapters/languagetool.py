"""A LanguageTool server, by language-tool-python."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from importlib.metadata import version
from pathlib import Path
from ssl import TLSVersion
from typing import Any

from config.tls import too_old
from pipeline.adapters.batches import batches
from pipeline.adapters.languagetool_client import Trust, asked, client
from pipeline.errors import ColloquyError, PermanentError, UnavailableError
from pipeline.ports import GrammarFinding

SERVICE = "grammar server"
VARIANTS = {"en": "en-US", "fr": "fr"}
"""Which variant is asked for; the rules that count are the same in all of them."""
FILL = 4000
"""UTF-16 units in a request, about 60 turns: from 1,000 to 16,000 no difference stood out of the noise
(docs/measured.md), and the shorter a request is, the less is asked again when the server goes away in it."""
LONGEST = 16_000
"""UTF-16 units of one text in a request, 20 minutes of speech without a pause; a longer one is parted though the server
may take it: at 5,000 a second, and a fifth of that on a loaded machine, it is checked before the server gives up."""
AT_ONCE = 2
"""Requests on their way: the server checks each on one thread, and two were the cores that it was measured on."""
BEYOND = frozenset(
    {
        *("EN_UNPAIRED_BRACKETS", "EN_UNPAIRED_QUOTES", "EN_WORD_COHERENCY", "UNPAIRED_BRACKETS"),
        *("PUNCTUATION_PARAGRAPH_END", "UPPERCASE_SENTENCE_START"),
    }
)
"""Rules that look at what stands before or behind a paragraph (LanguageTool 6.8's class TextLevelRule): the server is
asked to leave them out, so that a text is judged as if it went alone. None of them counts."""
BEYOND_CATEGORIES = frozenset({"REPETITIONS_STYLE"})
"""More of them."""
TOO_LONG = ("exceeds the limit", "Too Large")
"""What an answer 413 says: LanguageTool's own, and a proxy's; the client keeps no status."""
NOT_SERVED = (KeyError, TypeError, AttributeError)
"""How an answer that is JSON, but not LanguageTool's, trips us or the client up."""


class LanguageToolServer:
    """A server of one's own, never the public one."""

    def __init__(
        self,
        url: str,
        *,
        ca: Path | None = None,
        least: TLSVersion = TLSVersion.TLSv1_3,
        fill: int = FILL,
        at_once: int = AT_ONCE,
    ) -> None:
        """`url` is the server's root, `https://host:8010`; with a `fill` of 1 every text goes alone."""
        self._url = url
        self._trust = Trust(ca=ca, least=least)
        self._fill = fill
        self._at_once = at_once

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
        url = f"{self._url.rstrip('/')}/v2/check"
        told = {"text": "a", "language": VARIANTS["en"]}
        try:
            # A check, because its answer has the version in every release.
            with asked(url, self._trust, told, method="post") as answer:
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
        """The findings of each text, whatever goes in the same request.

        UnavailableError when the server is away, overloaded or takes less than it says, PermanentError for
        an address that cannot be one and for a language that the server does not have.
        """
        from language_tool_python.exceptions import LanguageToolError

        found: list[list[GrammarFinding]] = [[] for _ in texts]
        try:
            client = self._client(language)
            # Asked each time: the server may have been started anew with another limit.
            most = min(client.most(), LONGEST) if any(texts) else LONGEST
            for number, one in self._findings(client, texts, most):
                found[number].append(one)
        except LanguageToolError as error:
            raise _told(error.__cause__, str(error)) from error
        except NOT_SERVED as error:
            raise _another_program() from error
        return [tuple(one) for one in found]

    def _findings(
        self,
        client: Any,  # noqa: ANN401 - the library's types are not followed
        texts: Sequence[str],
        most: int,
    ) -> Iterator[tuple[int, GrammarFinding]]:
        sent = list(batches(texts, fill=self._fill, most=most))
        with ThreadPoolExecutor(self._at_once) as pool:
            answers = pool.map(client.matches, [one.text for one in sent])
            for batch, matches in zip(sent, answers, strict=True):
                for match in matches:
                    placed = batch.place(match["offset"], match["length"])
                    if placed:
                        yield placed[0], _finding(match, *placed[1:])

    def _client(self, language: str) -> Any:  # noqa: ANN401 - the library's types are not followed
        variant = VARIANTS.get(language, language)
        if variant not in self._clients:
            try:
                self._clients[variant] = client(variant, self._url, self._trust)
                self._clients[variant].disabled_rules = set(BEYOND)
                self._clients[variant].disabled_categories = set(BEYOND_CATEGORIES)
            except ValueError as error:
                raise PermanentError(
                    f"The grammar server does not know the language {variant!r}.",
                    code="language",
                    advice="Give the server that language, or analyse without grammar.",
                ) from error
        return self._clients[variant]


def _told(cause: BaseException | None, answer: str = "") -> ColloquyError:
    """What the client's error was made from, told in a sentence."""
    import json

    import requests

    unusable = (
        requests.exceptions.InvalidURL,
        requests.exceptions.InvalidSchema,
        requests.exceptions.MissingSchema,
    )
    if any(one in answer for one in TOO_LONG):
        return UnavailableError(
            "The grammar server does not take a text as long as it says it does.",
            code="grammar-too-long",
            service=SERVICE,
            advice="Let what stands before it pass requests as long as its maxTextLength; it is tried again.",
        )
    if isinstance(cause, unusable):
        return PermanentError(
            "The address of the grammar server is not one.",
            code="grammar-address",
            advice="Set grammar.url to the server's root, such as http://localhost:8010.",
        )
    # A connection that was cut off is told as an end of its file.
    if isinstance(cause, requests.exceptions.SSLError) and "EOF" not in str(cause):
        return _no_tls(cause)
    if isinstance(cause, OSError) and not isinstance(cause, json.JSONDecodeError):
        return UnavailableError(
            "The grammar server does not answer.",
            code="grammar-server",
            service=SERVICE,
            advice="It is tried again; see that it runs at the address in grammar.url.",
        )
    return _another_program()


def _no_tls(cause: Exception) -> UnavailableError:
    if too_old(cause):
        message = "The grammar server speaks no TLS that is new enough."
        advice = "Let it speak TLS 1.3, or set COLLOQUY_TLS__LEAST to 1.2."
    else:
        message = "The grammar server's certificate is not trusted, or it speaks no TLS."
        advice = "Check grammar.ca and grammar.url; `colloquy doctor` tells what is wrong."
    return UnavailableError(message, code="grammar-tls", service=SERVICE, advice=advice)


def _another_program() -> UnavailableError:
    # Not permanent: a proxy's error page while the server restarts looks the same.
    return UnavailableError(
        "The grammar server answers, but not as LanguageTool does.",
        code="grammar-answer",
        service=SERVICE,
        advice="It is tried again; see that grammar.url is the root of a LanguageTool server.",
    )


def _finding(match: dict[str, Any], start: int, end: int) -> GrammarFinding:
    return GrammarFinding(
        start=start,
        end=end,
        rule=match["rule"]["id"],
        category=match["rule"]["category"]["id"],
        # As the client's own findings have it: typographic spaces become plain ones.
        message=unicodedata.normalize("NFKC", match["message"]),
        suggestions=tuple(one["value"] for one in match["replacements"][:3]),
    )
