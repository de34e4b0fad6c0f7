"""Media in an S3 bucket, by boto3."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from functools import cached_property
from mimetypes import MimeTypes
from pathlib import Path
from ssl import TLSVersion
from typing import Any
from urllib.parse import quote, unquote

from config.tls import bound
from pipeline.adapters.s3_errors import NO_BUCKET, told
from pipeline.errors import PermanentError
from pipeline.scratch import scratch
from pipeline.uploads import Listed, ObjectHead, Offer

CHUNK = 1024**2
"""Bytes held in memory of an object that is read in one stream."""
TYPES = MimeTypes()
"""Python's own table, which is the same on every machine, and what it lacks of recorders' and telephones' files."""
for _ending, _kind in ((".m4a", "audio/mp4"), (".ogg", "audio/ogg"), (".flac", "audio/flac")):
    TYPES.add_type(_kind, _ending)
UNTOLD = "application/octet-stream"
"""A type that players look behind, and that browsers save and never run."""


def client(
    service: str,
    *,
    endpoint_url: str | None,
    region: str,
    access_key: str | None,
    secret_key: str | None,
    ca: Path | None = None,
    least: TLSVersion = TLSVersion.TLSv1_3,
) -> Any:  # noqa: ANN401 - boto3 makes its clients at run time
    """A boto3 client: signature v4, path addressing, few retries (the ledger retries for longer)."""
    import boto3
    from botocore.config import Config

    made = boto3.client(
        service,
        endpoint_url=endpoint_url,
        region_name=region,
        aws_access_key_id=access_key,
        aws_secret_access_key=secret_key,
        verify=str(ca) if ca else None,
        config=Config(
            signature_version="s3v4" if service == "s3" else None,
            s3={"addressing_style": "path"},
            retries={"max_attempts": 2, "mode": "standard"},
            connect_timeout=5,
            read_timeout=60,
        ),
    )
    bound(made, least)
    return made


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
        ca: Path | None = None,
        least: TLSVersion = TLSVersion.TLSv1_3,
        encryption: str | None = None,
    ) -> None:
        """Connect on first use; `encryption` is asked for with every object that is written.

        `public_url` is the endpoint for those to whom uploads and downloads are offered.
        """
        self._bucket, self._public_url = bucket, public_url
        self._asked = {"ServerSideEncryption": encryption} if encryption else {}
        self._access: dict[str, Any] = {
            "endpoint_url": endpoint_url,
            "region": region,
            "access_key": access_key,
            "secret_key": secret_key,
            "ca": ca,
            "least": least,
        }

    @cached_property
    def _client(self) -> Any:  # noqa: ANN401 - the same
        return client("s3", **self._access)

    @cached_property
    def _public(self) -> Any:  # noqa: ANN401 - the same
        if self._public_url is None:
            return self._client
        return client("s3", **{**self._access, "endpoint_url": self._public_url})

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
        self._call(
            lambda: self._client.upload_file(str(path), self._bucket, key, ExtraArgs=self._asked)
        )

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
        told = {"Bucket": self._bucket, "Key": key, "Metadata": encoded, **self._asked}
        url = self._public.generate_presigned_url("put_object", told, ExpiresIn=seconds)
        headers = {f"x-amz-meta-{name}": one for name, one in encoded.items()}
        if self._asked:
            headers["x-amz-server-side-encryption"] = self._asked["ServerSideEncryption"]
        return Offer(url=str(url), headers=headers)

    def download_link(self, key: str, seconds: int) -> str:
        """For a GET, parts by `Range` included; whether the object is there is not asked.

        The type is told by the name: of uploads whose sender told none S3 says `binary/octet-stream`, which HTML's
        standard lets a player refuse, and of those told to be HTML a browser would run what the sender wrote.
        """
        kind = TYPES.guess_type(key)[0] or ""
        told = {
            "Bucket": self._bucket,
            "Key": key,
            "ResponseContentType": kind if kind.startswith(("audio/", "video/")) else UNTOLD,
        }
        return str(self._public.generate_presigned_url("get_object", told, ExpiresIn=seconds))

    def upload(self, key: str, path: Path, metadata: dict[str, str]) -> None:
        """Metadata is percent-encoded: S3 allows ASCII only."""
        encoded = {name: quote(value) for name, value in metadata.items()}
        self._call(
            lambda: self._client.upload_file(
                str(path), self._bucket, key, ExtraArgs={"Metadata": encoded, **self._asked}
            )
        )

    @property
    def endpoint(self) -> str:
        """The server's address; where none is configured, the region's."""
        return str(self._client.meta.endpoint_url)

    def server(self) -> str:
        """The program that serves the bucket, as it calls itself; empty where it does not."""
        answer = self._call(lambda: self._client.head_bucket(Bucket=self._bucket))
        return str(answer["ResponseMetadata"]["HTTPHeaders"].get("server", ""))

    def encrypts(self, key: str) -> bool:
        """Whether it does what `encryption` asks for, seen from an empty object that is gone afterwards."""
        where = {"Bucket": self._bucket, "Key": key}
        made = self._call(lambda: self._client.put_object(**where, **self._asked))
        if "VersionId" in made:
            where["VersionId"] = made["VersionId"]
        self._call(lambda: self._client.delete_object(**where))
        return all(made.get(name) == one for name, one in self._asked.items())

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
        except (ClientError, BotoCoreError) as error:
            raise told(error) from error
        except Boto3Error as error:
            # A failed upload keeps the server's answer only as what it was raised from.
            cause = error.__cause__ or error.__context__
            raise told(cause if isinstance(cause, ClientError) else error) from error
