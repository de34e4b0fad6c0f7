"""S3 and SQS by moto's server, with the objects kept in a folder: `python -m embedded.storage`.

moto keeps objects in memory. Here they are copied to the folder as they come and loaded from it at the
start, so that recordings outlive a restart. For one machine and for trying things out only: moto checks no keys.
"""

from __future__ import annotations

import json
import logging
import signal
import sys
import threading
import time
from collections.abc import Collection
from pathlib import Path
from typing import Any
from urllib.parse import quote

import boto3

from embedded.process import Child, Place, is_free, start, until

BUCKET = "colloquy-media"
QUEUE = "colloquy-events"
REGION = "us-east-1"
PATIENCE = 60.0
"""Seconds for a start; moto's import alone takes some three, the kept objects come on top."""
EVERY = 1.0
"""Seconds between two copies to the folder, and more where there are thousands of objects: what a power cut may cost."""
SHARE = 0.1
"""Of the time is spent on copying at most: to look for what is new, all objects are listed."""
LAST_COPY = 60.0
"""Seconds for the copy at the end: a large upload may just have come."""
NAME = 200
"""Longest part of a file name; file systems allow 255 bytes."""


class Storage:
    """The server as a process of its own."""

    def __init__(self, folder: Path, port: int = 0) -> None:
        """Objects and log live in `folder`."""
        self._folder = folder.resolve()
        self._ready = self._folder / "ready"
        self._place = Place(port)
        self._child: Child | None = None

    @property
    def port(self) -> int:
        """Where it listens, after a restart too; 0 before its first start."""
        return self._place.port

    @property
    def pid(self) -> int | None:
        """The server's process, None when it is not started."""
        return self._child.process.pid if self._child else None

    @property
    def endpoint_url(self) -> str:
        """Of S3 and of SQS."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def queue_url(self) -> str:
        """The queue with the bucket's events."""
        return f"{self.endpoint_url}/123456789012/{QUEUE}"

    def start(self) -> None:
        """Start, with the objects that were there before; PermanentError when it does not come up."""
        self.launch()
        self.wait()

    def launch(self) -> None:
        """Begin to start: it takes seconds, in which others can start too."""
        self._folder.mkdir(parents=True, exist_ok=True)
        self._ready.unlink(missing_ok=True)
        where = (str(self._place.take()), str(self._folder))
        command = [sys.executable, "-P", "-m", "embedded.storage", *where]
        self._child = start("The S3 endpoint", command, self._folder / "storage.log")

    def wait(self) -> None:
        """Until what was launched answers; PermanentError when it does not come up."""
        self._place.settle(self._wait, self.launch, self.stop)

    def _wait(self) -> None:
        if self._child is not None:
            until(self._ready.exists, self._child, PATIENCE)

    def stop(self) -> None:
        """Copy the last objects to the folder, and stop."""
        if self._child is not None:
            self._child.end(patience=LAST_COPY)
            self._child = None

    def announce(self, conversations: Collection[str]) -> None:
        """Tell once more of these conversations' uploads: the queue does not outlive the server."""
        s3, sqs = _client("s3", self.port), _client("sqs", self.port)
        for key in _etags(s3, "uploads/"):
            if key.split("/")[1] in conversations:
                record = {"eventName": "ObjectCreated:Put", "s3": {"object": {"key": quote(key)}}}
                body = json.dumps({"Records": [record]})
                sqs.send_message(QueueUrl=self.queue_url, MessageBody=body)


def _client(service: str, port: int) -> Any:  # noqa: ANN401 - boto3 makes its clients at run time
    return boto3.client(
        service,
        endpoint_url=f"http://127.0.0.1:{port}",
        region_name=REGION,
        aws_access_key_id="embedded",
        aws_secret_access_key="embedded",  # noqa: S106 - moto checks none
    )


BODY, TOLD = ".object", ".told"
"""Endings of the two files of an object."""


class Mirror:
    """The bucket's objects as files: the key percent-encoded, the metadata beside it."""

    def __init__(self, s3: Any, folder: Path) -> None:  # noqa: ANN401 - the same
        """Keep the bucket in `folder`."""
        self._s3, self._folder = s3, folder
        self._known: dict[str, str] = {}
        folder.mkdir(parents=True, exist_ok=True)

    def load(self) -> None:
        """Put every kept object into the bucket."""
        for path in sorted(self._folder.rglob(f"*{TOLD}")):
            try:
                told = json.loads(path.read_text(encoding="utf-8"))
            except ValueError:
                # One file that a power cut left half written must not keep all others from being served.
                print(f"left out, its description is damaged: {path}", file=sys.stderr)  # noqa: T201 - its log
                continue
            body = path.with_suffix(BODY)
            if body.exists():
                with body.open("rb") as file:
                    self._s3.put_object(
                        Bucket=BUCKET, Key=told["key"], Body=file, Metadata=told["metadata"]
                    )
        self._known = _etags(self._s3)

    def save(self) -> None:
        """Copy what is new, delete what is gone."""
        now = _etags(self._s3)
        for key in now.keys() - {key for key in now if self._known.get(key) == now[key]}:
            try:
                self._copy(key)
            except self._s3.exceptions.NoSuchKey:
                # Deleted since it was listed.
                del now[key]
        for key in self._known.keys() - now.keys():
            self._path(key, TOLD).unlink(missing_ok=True)
            self._path(key, BODY).unlink(missing_ok=True)
        self._known = now

    def _copy(self, key: str) -> None:
        answer = self._s3.get_object(Bucket=BUCKET, Key=key)
        path = self._path(key, BODY)
        path.parent.mkdir(parents=True, exist_ok=True)
        partial = path.with_name("partial")
        with partial.open("wb") as file:
            for part in answer["Body"].iter_chunks():
                file.write(part)
        partial.replace(path)
        told = {"key": key, "metadata": answer["Metadata"]}
        partial.write_text(json.dumps(told), encoding="utf-8")
        partial.replace(self._path(key, TOLD))

    def _path(self, key: str, ending: str) -> Path:
        coded = quote(key, safe="")
        parts = [coded[at : at + NAME] for at in range(0, len(coded), NAME)]
        return self._folder.joinpath(*[f"{one}_" for one in parts[:-1]], parts[-1] + ending)


def _etags(s3: Any, prefix: str = "") -> dict[str, str]:  # noqa: ANN401 - the same
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=BUCKET, Prefix=prefix)
    return {one["Key"]: one["ETag"] for page in pages for one in page.get("Contents", ())}


def main() -> None:
    """Serve until SIGTERM."""
    from moto.server import ThreadedMotoServer

    port, folder = int(sys.argv[1]), Path(sys.argv[2])
    over = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: over.set())
    # Its requests name people's files.
    logging.getLogger("werkzeug").setLevel(logging.WARNING)
    # moto's thread would end without a word where it cannot have its port, and its start wait for ever.
    if not is_free(port):
        sys.exit(f"Port {port} is taken.")
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=port, verbose=False)
    server.start()
    s3, sqs = _client("s3", port), _client("sqs", port)
    s3.create_bucket(Bucket=BUCKET)
    mirror = Mirror(s3, folder / "objects")
    # Before the notification is set: what was there already is no news.
    mirror.load()
    queue = sqs.create_queue(QueueName=QUEUE)["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])
    s3.put_bucket_notification_configuration(
        Bucket=BUCKET,
        NotificationConfiguration={
            "QueueConfigurations": [
                {"QueueArn": arn["Attributes"]["QueueArn"], "Events": ["s3:ObjectCreated:*"]}
            ]
        },
    )
    (folder / "ready").touch()
    took = 0.0
    while not over.wait(max(EVERY, took * (1 / SHARE - 1))):
        began = time.monotonic()
        mirror.save()
        took = time.monotonic() - began
    mirror.save()
    server.stop()


if __name__ == "__main__":
    main()
