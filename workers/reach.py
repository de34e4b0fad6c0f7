"""Comes to a server as far as its TLS, and says in a sentence what is in the way."""

from __future__ import annotations

import socket
import ssl
from contextlib import closing
from dataclasses import dataclass

from config.tls import too_old
from pipeline.errors import PermanentError

PATIENCE = 5.0
"""Seconds for a connection, and again for its TLS."""
POSTGRES = b"\x00\x00\x00\x08\x04\xd2\x16\x2f"
"""PostgreSQL's SSLRequest: its connections begin unencrypted, and go on as TLS when it answers S."""
NAME, ADDRESS, ENDED, TOO_EARLY = 62, 64, 10, 9
"""OpenSSL's codes for a certificate of another name or address, and one that is not of today."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """Where a server is looked for, and the settings that say so."""

    server: str
    host: str
    port: int
    url: str
    """Name of the setting with the address."""
    ca: str
    """Name of the setting with the authority's certificate."""
    trusted: ssl.SSLContext | None
    """None for a connection that is not encrypted."""
    greeting: bytes = b""
    """Sent before TLS begins; the answer must be S."""


def reach(address: Address) -> str | None:
    """The version of TLS, None without; PermanentError with what is wrong and what to do."""
    where = (address.host, address.port)
    try:
        with closing(socket.create_connection(where, PATIENCE)) as opened:
            return _encrypted(opened, address) if address.trusted else None
    except ssl.SSLCertVerificationError as error:
        raise _untrusted(address, error) from error
    except ssl.SSLError as error:
        raise _no_common_tls(address, error) from error
    except socket.gaierror as error:
        raise _wrong(address, f"has no host {address.host}", f"Check {address.url}.") from error
    except (ConnectionResetError, BrokenPipeError) as error:
        raise _plain(address) from error
    except OSError as error:
        raise _wrong(
            address,
            f"does not answer at {address.host}:{address.port}",
            f"See that it runs and that {address.url} is right.",
        ) from error


def _encrypted(opened: socket.socket, address: Address) -> str | None:
    assert address.trusted is not None  # noqa: S101 - asked by the caller
    if address.greeting:
        opened.sendall(address.greeting)
        if opened.recv(1) != b"S":
            raise _plain(address)
    with address.trusted.wrap_socket(opened, server_hostname=address.host) as wrapped:
        return wrapped.version()


def _untrusted(address: Address, error: ssl.SSLCertVerificationError) -> PermanentError:
    if error.verify_code in {NAME, ADDRESS}:
        return _wrong(
            address,
            f"has a certificate that is not for {address.host}",
            f"Call it in {address.url} by a name that its certificate has.",
        )
    if error.verify_code in {ENDED, TOO_EARLY}:
        return _wrong(
            address, f"has no valid certificate ({error.verify_message})", "Give it a new one."
        )
    return _wrong(
        address,
        f"has a certificate that is not trusted here ({error.verify_message})",
        f"Set {address.ca} to the PEM file of the authority that signed it.",
    )


def _no_common_tls(address: Address, error: ssl.SSLError) -> PermanentError:
    if too_old(error):
        return _wrong(
            address,
            "speaks no TLS that is new enough",
            "Let it speak TLS 1.3, or set COLLOQUY_TLS__LEAST to 1.2.",
        )
    return _plain(address)


def _plain(address: Address) -> PermanentError:
    return _wrong(
        address,
        f"does not speak TLS at {address.host}:{address.port}",
        f"Let it, or write {address.url} for a connection that is not encrypted.",
    )


def _wrong(address: Address, what: str, advice: str) -> PermanentError:
    return PermanentError(f"{address.server} {what}.", code="not-reached", advice=advice)
