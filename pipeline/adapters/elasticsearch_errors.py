"""What a failure of the search server means: waited for, or never tried again."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from config.tls import too_old
from pipeline.errors import ColloquyError, PermanentError, UnavailableError

SERVICE = "search server"
NOT_SERVED = (KeyError, TypeError, AttributeError)
"""How an answer shows that is JSON, but not Elasticsearch's."""
BUSY = (429, 503)
"""Status of a document that the server has no room for just now."""
REJECTED = {400, 405, 413}
"""Status of answers that the same request gets again."""


@dataclass
class RefusedError(Exception):
    """The server took the request, but not this document of it."""

    status: int
    reason: str


def status_of(error: Exception) -> int:
    """Of the answer, or of the document; 0 when there was none."""
    if isinstance(error, RefusedError):
        return error.status
    return int(getattr(getattr(error, "meta", None), "status", 0))


@contextmanager
def telling() -> Iterator[None]:
    """Failures in the block become those that stages know."""
    from elasticsearch import ApiError, TransportError

    try:
        yield
    except (ApiError, TransportError, RefusedError, *NOT_SERVED) as error:
        raise _told(error) from error


def _told(error: Exception) -> ColloquyError:
    refused = error if isinstance(error, RefusedError) else None
    status = status_of(error)
    if status in {401, 403}:
        # Operators mend it, and the runs are none the worse for it.
        return _away(
            "The search server refuses access.",
            "search-refused",
            "Check search.username and search.password, or search.api_key.",
        )
    if status in REJECTED:
        why = f": {refused.reason}" if refused else ""
        return PermanentError(
            f"The search server rejects what it is asked{why}.",
            code="search-rejected",
            advice="See that it is Elasticsearch 8 and that search.alias is no other program's.",
        )
    if refused and status in BUSY:
        return _away(
            "The search server has no room for more documents just now.",
            "search-busy",
            "It is tried again; give it more memory or disk where it stays so.",
        )
    return _not_reached(error)


def _not_reached(error: Exception) -> UnavailableError:
    from elastic_transport import TlsError

    if isinstance(error, TlsError) and too_old(error):
        return _away(
            "The search server speaks no TLS that is new enough.",
            "search-tls",
            "Let it speak TLS 1.3, or set COLLOQUY_TLS__LEAST to 1.2.",
        )
    # A connection that was cut off is told as an end of its file.
    if isinstance(error, TlsError) and "EOF" not in str(error):
        return _away(
            "The search server's certificate is not trusted, or it speaks no TLS.",
            "search-tls",
            "Check search.ca and search.url; `colloquy doctor` tells what is wrong.",
        )
    return _away(
        "The search server does not answer.", "search-server", "See that it runs at search.url."
    )


def _away(message: str, code: str, advice: str) -> UnavailableError:
    return UnavailableError(message, code=code, service=SERVICE, advice=advice)
