"""A LanguageTool server, by language-tool-python."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from importlib.metadata import version
from typing import Any
from urllib.parse import urljoin

from pipeline.adapters.batches import batches
from pipeline.errors import ColloquyError, PermanentError, UnavailableError
from pipeline.ports import GrammarFinding

SERVICE = "grammar server"
VARIANTS = {"en": "en-US", "fr": "fr"}
"""Which variant is asked for; the rules that count are the same in all of them."""
PATIENCE = 90
"""Seconds for one request: the first one after the server's start took 24 on a loaded machine, others under
two, and the server gives up after 60; the client's own 300 would hold a worker for five minutes."""
CONNECT = 10
"""Seconds until the server's host is taken to be away."""
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

    def __init__(self, url: str, *, fill: int = FILL, at_once: int = AT_ONCE) -> None:
        """`url` is the server's root, `http://host:8010`; with a `fill` of 1 every text goes alone."""
        self._url = url
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
        import requests

        try:
            # A check, because its answer has the version in every release.
            with requests.post(
                f"{self._url.rstrip('/')}/v2/check",
                data={"text": "a", "language": VARIANTS["en"]},
                timeout=(CONNECT, PATIENCE),
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
                self._clients[variant] = _client(variant, self._url)
            except ValueError as error:
                raise PermanentError(
                    f"The grammar server does not know the language {variant!r}.",
                    code="language",
                    advice="Give the server that language, or analyse without grammar.",
                ) from error
        return self._clients[variant]


def _client(variant: str, url: str) -> Any:  # noqa: ANN401 - the library's types are not followed
    from language_tool_python import LanguageTool

    class Client(LanguageTool):  # type: ignore[misc] # the library's types are not followed
        _TIMEOUT = (CONNECT, PATIENCE)

        def matches(self, text: str) -> list[dict[str, Any]]:
            """As the server tells them: the library's own keep state that threads would share."""
            answer = self._asked("check", params=self._create_params(text), method="post")
            found: list[dict[str, Any]] = answer["matches"]
            return found

        def most(self) -> int:
            """UTF-16 units in a request, by the server's `maxTextLength`."""
            told = self._asked("maxtextlength")
            if not isinstance(told, int):
                raise TypeError(told)
            return told

        def _asked(self, what: str, **how: Any) -> Any:  # noqa: ANN401 - the library's types are not followed
            # Once: the stage tries again, with a pause.
            return self._query_server(urljoin(self.url, what), num_tries=1, **how)

    made = Client(variant, remote_server=url)
    made.disabled_rules = set(BEYOND)
    made.disabled_categories = set(BEYOND_CATEGORIES)
    return made


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
