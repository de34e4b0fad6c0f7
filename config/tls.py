"""TLS that is new enough: how a client must be met, by a server that proves its name, and how we meet ours."""

from __future__ import annotations

import ssl
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

Least = Literal["1.2", "1.3"]

VERSIONS = {"1.2": ssl.TLSVersion.TLSv1_2, "1.3": ssl.TLSVersion.TLSv1_3}

OLD = ("PROTOCOL_VERSION", "UNSUPPORTED_PROTOCOL", "HANDSHAKE_FAILURE")
"""In OpenSSL's words for no version in common: the other's, its own, and that of servers that say no more."""


def too_old(error: BaseException) -> bool:
    """Whether an error of TLS, or of a client that quotes one, tells that both have no version in common."""
    return any(one in str(error) for one in OLD)


def trust(ca: Path | None, least: Least) -> ssl.SSLContext:
    """Trusts this authority, the system's where none is given; names are checked."""
    context = ssl.create_default_context(cafile=ca)
    context.minimum_version = VERSIONS[least]
    return context


def context_factory(
    certificate: Path | None, key: Path | None, least: Least
) -> Callable[[object, object], ssl.SSLContext] | None:
    """For a server of our own, as uvicorn takes it: None, which is plain HTTP, without a certificate."""
    if certificate is None:
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = VERSIONS[least]
    context.load_cert_chain(certificate, key)
    return lambda *_: context


def redis_options(url: str, ca: Path | None, least: Least) -> dict[str, object]:
    """What redis-py, and so Celery, take beside a `rediss://` address; nothing for `redis://`."""
    if not url.startswith("rediss:"):
        return {}
    return {
        "ssl_cert_reqs": ssl.CERT_REQUIRED,
        "ssl_check_hostname": True,
        "ssl_ca_certs": str(ca) if ca else None,
        "ssl_min_version": VERSIONS[least],
    }


def bound(client: Any, least: ssl.TLSVersion) -> None:  # noqa: ANN401 - boto3 makes its clients at run time
    """Let a boto3 client speak nothing older; it has no option for it, so this goes by botocore's own inside."""
    http = client._endpoint.http_session  # noqa: SLF001 - nothing public leads there
    context = http._get_ssl_context()  # noqa: SLF001 - the same
    context.minimum_version = least
    http._manager.connection_pool_kw["ssl_context"] = context  # noqa: SLF001 - the same
    # For the connections through a proxy, which are made later.
    http._get_ssl_context = lambda: context  # noqa: SLF001 - the same
