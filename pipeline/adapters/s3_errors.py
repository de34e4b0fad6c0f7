"""What the media store's errors mean for the work."""

from __future__ import annotations

from config.tls import too_old
from pipeline.errors import ColloquyError, PermanentError, TransientError, UnavailableError

MISSING = {"404", "NoSuchKey", "NotFound"}
REPLACED = {"412", "PreconditionFailed"}
REFUSED = {
    "401",
    "403",
    "AccessDenied",
    "ExpiredToken",
    "InvalidAccessKeyId",
    "InvalidToken",
    "SignatureDoesNotMatch",
}
NO_BUCKET = "NoSuchBucket"
SERVICE = "media store"

BUSY = 429
"""HTTP status from which on a server says that it, not the request, is at fault."""


def told(error: Exception) -> ColloquyError:
    """What a boto3 or botocore error means for the work."""
    # A connection that broke off has the attribute, and None in it.
    answer = getattr(error, "response", None) or {}
    code = str(answer.get("Error", {}).get("Code", ""))
    if code in MISSING:
        return PermanentError(
            "The recording is not in the media store any more.",
            code="media-missing",
            advice="Upload it again.",
        )
    if code in REPLACED:
        return PermanentError(
            "The file was replaced by a newer upload, which is analysed instead.", code="replaced"
        )
    status = int(answer.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
    if BUSY > status >= 400 and code not in REFUSED | {NO_BUCKET}:  # noqa: PLR2004 - HTTP's client errors
        # Of this request alone: other recordings need not wait for what is wrong with one.
        return TransientError(
            f"The media store answers with an error ({code}).", code="media-answer"
        )
    return _away(code, error)


def _away(code: str, error: Exception) -> UnavailableError:
    """What operators mend: the runs are none the worse for it."""
    from botocore.exceptions import SSLError

    if code in REFUSED:
        message, code = "The media store refuses access.", "media-refused"
        advice = "Check media.access_key and media.secret_key, and that they may list the bucket."
    elif code == NO_BUCKET:
        message, code = "The media store has no such bucket.", "no-bucket"
        advice = "Check media.bucket and media.endpoint_url."
    elif isinstance(error, SSLError) and "CERTIFICATE" in str(error):
        message, code = "The media store's certificate is not trusted.", "media-tls"
        advice = "Check media.ca and media.endpoint_url; `colloquy doctor` tells what is wrong."
    elif isinstance(error, SSLError) and too_old(error):
        message, code = "The media store speaks no TLS that is new enough.", "media-tls"
        advice = "Let it speak TLS 1.3, or set COLLOQUY_TLS__LEAST to 1.2."
    else:
        message, code = "The media store does not answer.", "media-store"
        advice = "See that it runs at media.endpoint_url."
    return UnavailableError(message, code=code, service=SERVICE, advice=advice)
