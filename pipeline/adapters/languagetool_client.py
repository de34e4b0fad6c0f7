"""language-tool-python's client, which trusts whom we say: its own takes no authority's certificate."""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin

if TYPE_CHECKING:
    from requests import Response

PATIENCE = 90
"""Seconds for one request: the first one after the server's start took 24 on a loaded machine, others under
two, and the server gives up after 60; the client's own 300 would hold a worker for five minutes."""
CONNECT = 10
"""Seconds until the server's host is taken to be away."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trust:
    """Who may be met by `https://`."""

    ca: Path | None
    """PEM file; the system's authorities where it is None."""
    least: ssl.TLSVersion


@cache
def _context(trust: Trust) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=trust.ca)
    context.minimum_version = trust.least
    return context


def asked(url: str, trust: Trust, told: dict[str, str] | None, *, method: str) -> Response:
    """The answer to a request of its own connection; requests' errors when there is none."""
    import requests
    from requests.adapters import HTTPAdapter

    class Trusting(HTTPAdapter):
        def init_poolmanager(self, *given: Any, **more: Any) -> None:  # noqa: ANN401 - the library's types are not followed
            super().init_poolmanager(*given, ssl_context=_context(trust), **more)

    with requests.Session() as session:
        session.mount("https://", Trusting())
        return session.request(
            method,
            url,
            params=None if method == "post" else told,
            data=told if method == "post" else None,
            timeout=(CONNECT, PATIENCE),
            # Here and not of the session, of which a variable of the environment would take precedence.
            verify=str(trust.ca) if trust.ca else True,
        )


def client(variant: str, url: str, trust: Trust) -> Any:  # noqa: ANN401 - the library's types are not followed
    """For one variant of a language; ValueError where the server does not know it, LanguageToolError where it is away."""
    from language_tool_python import LanguageTool
    from language_tool_python.exceptions import LanguageToolError

    class Client(LanguageTool):  # type: ignore[misc] # the library's types are not followed
        def matches(self, text: str) -> list[dict[str, Any]]:
            """As the server tells them: the library's own keep state that threads would share."""
            answer = self._query_server(
                urljoin(self.url, "check"), self._create_params(text), method="post"
            )
            found: list[dict[str, Any]] = answer["matches"]
            return found

        def most(self) -> int:
            """UTF-16 units in a request, by the server's `maxTextLength`."""
            told = self._query_server(urljoin(self.url, "maxtextlength"))
            if not isinstance(told, int):
                raise TypeError(told)
            return told

        def _query_server(
            self,
            url: str,
            params: dict[str, str] | None = None,
            num_tries: int = 1,
            method: str = "get",
        ) -> Any:  # noqa: ANN401 - the library's types are not followed
            # Once, whatever the library says: the stage tries again, with a pause.
            del num_tries
            try:
                with asked(url, trust, params, method=method) as answer:
                    try:
                        return answer.json()
                    except ValueError as error:
                        raise LanguageToolError(answer.text) from error
            except OSError as error:
                raise LanguageToolError(f"{url}: {error}") from error

    return Client(variant, remote_server=url)
