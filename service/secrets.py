"""Who may ask: shared secrets, compared in constant time."""

from __future__ import annotations

import hashlib
import hmac
from base64 import b64decode
from collections.abc import Mapping

from pydantic import SecretStr

SIGNATURE = "X-Colloquy-Signature-256"
"""`sha256=` and the body's HMAC-SHA256 by the secret, in hexadecimal: as GitHub signs its webhooks."""


def signed(body: bytes, headers: Mapping[str, str], secret: SecretStr) -> bool:
    """Whether the sender knows the secret, by a signature of the body, or by the secret itself as token or password.

    A signature shows that nothing was changed on the way. Servers that cannot sign (versitygw, MinIO) send
    the secret: in the address, as `https://events:SECRET@host/hooks/s3`, or as a bearer token.
    """
    given = headers.get(SIGNATURE)
    if given is not None:
        made = hmac.new(secret.get_secret_value().encode(), body, hashlib.sha256).hexdigest()
        return same(given, f"sha256={made}")
    return same(_told(headers), secret.get_secret_value())


def named(headers: Mapping[str, str], tokens: Mapping[str, SecretStr]) -> str | None:
    """The platform whose bearer token was sent; every token is compared, so that time tells nothing."""
    given = _told(headers)
    found = [name for name, token in tokens.items() if same(given, token.get_secret_value())]
    return found[0] if found else None


def same(given: str, wanted: str) -> bool:
    """Whether they are; an empty secret is none."""
    return bool(wanted) and hmac.compare_digest(given.encode(), wanted.encode())


def _told(headers: Mapping[str, str]) -> str:
    kind, _, given = headers.get("Authorization", "").partition(" ")
    if kind.lower() == "bearer":
        return given.strip()
    if kind.lower() == "basic":
        try:
            return b64decode(given, validate=True).decode().partition(":")[2]
        except ValueError:
            return ""
    return ""
