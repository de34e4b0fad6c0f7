"""Media in an S3 bucket, by boto3."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

from pipeline.errors import ColloquyError, PermanentError, TransientError, UnavailableError
from pipeline.scratch import scratch
from pipeline.uploads import Listed, ObjectHead, Offer

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
CHUNK = 1024**2
"""Bytes held in memory of an object that is read in one stream."""


def client(
    service: str,
    *,
    endpoint_url: str | None,
    region: str,
    access_key: str | None,
    secret_key: str | None,
) -> Any:  # noqa: ANN401 - boto3 makes its clients at run time
    """A boto3 client: signature v4, path addressing, few retries (the ledger retries for longer)."""
    import boto3
    from botocore.config import Config

    return boto3.client(
        service,
        endpoint_url=endpoint_url,
        region_name=region,
        aws_access_key_id=access_key,
        aws_secret_access_key=secret_key,
        config=Config(
            signature_version="s3v4" if service == "s3" else None,
            s3={"addressing_style": "path"},
            retries={"max_attempts": 2, "mode": "standard"},
            connect_timeout=5,
            read_timeout=60,
        ),
    )


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
    if code in REFUSED:
        # Operators mend it, and the runs are none the worse for it.
        return UnavailableError(
            "The media store refuses access.",
            code="media-refused",
            service=SERVICE,
            advice="Check media.access_key and media.secret_key, and that they may list the bucket.",
        )
    if code == NO_BUCKET:
        return UnavailableError(
            "The media store has no such bucket.",
            code="no-bucket",
            service=SERVICE,
            advice="Check media.bucket and media.endpoint_url.",
        )
    status = int(answer.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
    if BUSY > status >= 400:  # noqa: PLR2004 - HTTP's client errors
        # Of this request alone: other recordings need not wait for what is wrong with one.
        return TransientError(
            f"The media store answers with an error ({code}).", code="media-answer"
        )
    return UnavailableError(
        "The media store does not answer.",
        code="media-store",
        service=SERVICE,
        advice="See that it runs at media.endpoint_url.",
    )


class S3Media:
    """One bucket."""

    engine = ""

    def __init__(
        self,
        bucket: str,
        *,
        endpoint_url: str | None,
        region: str,
        access_key: str | None,
        secret_key: str | None,
        public_url: str | None = None,
    ) -> None:
        """Connect on first use; `public_url` is the endpoint for those to whom uploads are offered."""
        self._bucket, self._public_url = bucket, public_url
        self._access = {
            "endpoint_url": endpoint_url,
            "region": region,
            "access_key": access_key,
            "secret_key": secret_key,
        }

    @cached_property
    def _client(self) -> Any:  # noqa: ANN401 - the same
        return client("s3", **self._access)  # type: ignore[arg-type]  # the dictionary keeps region a str

    @cached_property
    def _public(self) -> Any:  # noqa: ANN401 - the same
        if self._public_url is None:
            return self._client
        return client("s3", **{**self._access, "endpoint_url": self._public_url})  # type: ignore[arg-type]  # the same

    @contextmanager
    def fetch(self, key: str, etag: str = "") -> Iterator[Path]:
        """Download to a temporary folder, gone with the block."""
        with scratch() as folder:
            path = folder / "media"
            try:
                if etag:
                    self._call(lambda: self._download_version(key, etag, path))
                else:
                    self._call(lambda: self._client.download_file(self._bucket, key, str(path)))
            except PermanentError as error:
                if error.code == "media-missing":
                    self._see_bucket()
                raise
            yield path

    def _download_version(self, key: str, etag: str, path: Path) -> None:
        """In one stream: boto3's download in parts takes no condition."""
        answer = self._client.get_object(Bucket=self._bucket, Key=key, IfMatch=f'"{etag}"')
        with path.open("wb") as file, closing(answer["Body"]) as body:
            shutil.copyfileobj(body, file, CHUNK)

    def store(self, key: str, path: Path) -> None:
        """Upload, in parts when large; S3 shows an object only when it is whole."""
        self._call(lambda: self._client.upload_file(str(path), self._bucket, key))

    def exists(self, key: str) -> bool:
        """Ask for the head."""
        return self.head(key) is not None

    def remove(self, key: str) -> None:
        """Delete; S3 does not mind a missing one."""
        self._call(lambda: self._client.delete_object(Bucket=self._bucket, Key=key))

    def head(self, key: str) -> ObjectHead | None:
        """Size, ETag and metadata; the values of `metadata` were percent-encoded by `upload`."""
        try:
            answer = self._call(lambda: self._client.head_object(Bucket=self._bucket, Key=key))
        except PermanentError as error:
            if error.code != "media-missing":
                raise
            self._see_bucket()
            return None
        return ObjectHead(
            size=answer["ContentLength"],
            etag=answer["ETag"].strip('"'),
            metadata={name: unquote(value) for name, value in answer["Metadata"].items()},
        )

    def newest(self, prefix: str) -> str | None:
        """By the time of the last write."""
        answer = self._call(
            lambda: self._client.list_objects_v2(Bucket=self._bucket, Prefix=prefix)
        )
        found = sorted(answer.get("Contents", ()), key=lambda one: one["LastModified"])
        return str(found[-1]["Key"]) if found else None

    def keys(self, prefix: str) -> Iterator[str]:
        """A request for each thousand."""
        return (one.key for one in self.listed(prefix))

    def listed(self, prefix: str, after: str = "") -> Iterator[Listed]:
        """A request for each thousand."""
        asked = {"Bucket": self._bucket, "Prefix": prefix, "StartAfter": after}
        while True:
            answer = self._call(lambda: self._client.list_objects_v2(**asked))
            for one in answer.get("Contents", ()):
                yield Listed(
                    key=str(one["Key"]), etag=one["ETag"].strip('"'), modified=one["LastModified"]
                )
            if not answer["IsTruncated"]:
                return
            asked["ContinuationToken"] = answer["NextContinuationToken"]

    def offer(self, key: str, metadata: dict[str, str], seconds: int) -> Offer:
        """Signed here, with no request; the headers are part of what is signed."""
        encoded = {name: quote(value) for name, value in metadata.items()}
        url = self._public.generate_presigned_url(
            "put_object",
            Params={"Bucket": self._bucket, "Key": key, "Metadata": encoded},
            ExpiresIn=seconds,
        )
        return Offer(url=url, headers={f"x-amz-meta-{name}": one for name, one in encoded.items()})

    def upload(self, key: str, path: Path, metadata: dict[str, str]) -> None:
        """Metadata is percent-encoded: S3 allows ASCII only."""
        encoded = {name: quote(value) for name, value in metadata.items()}
        self._call(
            lambda: self._client.upload_file(
                str(path), self._bucket, key, ExtraArgs={"Metadata": encoded}
            )
        )

    def _see_bucket(self) -> None:
        """UnavailableError `no-bucket`; the answer to a head does not say which of the two is missing."""
        from botocore.exceptions import ClientError

        try:
            self._call(lambda: self._client.head_bucket(Bucket=self._bucket))
        except PermanentError as error:
            if error.code != "media-missing":
                raise
            raise told(ClientError({"Error": {"Code": NO_BUCKET}}, "HeadBucket")) from error

    @staticmethod
    def _call(action: Callable[[], Any]) -> Any:  # noqa: ANN401 - boto3 answers with untyped documents
        from boto3.exceptions import Boto3Error
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            return action()
        except (ClientError, BotoCoreError, Boto3Error) as error:
            raise told(error) from error
