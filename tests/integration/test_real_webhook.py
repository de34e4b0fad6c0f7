"""versitygw as docker-compose.yml starts it, and its webhook: what it sends, and what it loses."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
import redis
from sqlalchemy import select

from config.settings import Settings
from embedded.postgres import Postgres
from embedded.process import free_port
from embedded.seed import seed
from embedded.servers.certificates import Authority
from embedded.servers.s3 import S3
from embedded.valkey import Valkey
from models.database import Sessions
from models.rounds import Rounds
from models.tables import Run
from pipeline.adapters.s3 import client
from tasks.sweep import FIRST, TASK, sweep_uploads
from tests.integration.compose import composed, defaults, healthy
from tests.integration.stacks import ROOT, environment
from tests.waiting import eventually
from workers.services import make

pytestmark = pytest.mark.servers

BUCKET = "colloquy-media"
HOOK, TOKEN, ACCESS, SECRET = "hook-secret", "token", "access", "secret-of-sixteen"


@dataclass
class Offered:
    """An upload."""

    key: str
    url: str
    headers: dict[str, str]


@dataclass
class Site:
    """Where things are."""

    folder: Path
    s3: int
    service: int

    @contextmanager
    def receiving(self) -> Iterator[None]:
        """The HTTP service, until the block ends."""
        with self._running(
            [sys.executable, "-P", "-m", "service.app"], "service", os.environ.copy()
        ):
            eventually(lambda: _answers(f"http://127.0.0.1:{self.service}/readyz"))
            yield

    @contextmanager
    def storing(self, program: Path) -> Iterator[None]:
        """versitygw by the script of its image."""
        for name, one in (
            ("colloquy_media__access_key", ACCESS),
            ("colloquy_media__secret_key", SECRET),
            ("colloquy_service__hook_secret", HOOK),
        ):
            (self.folder / name).write_text(one + "\n")
        told = {
            "PATH": os.environ["PATH"],
            "SECRETS": str(self.folder),
            "OBJECTS": str(self.folder / "objects"),
            "VERSITYGW": str(program),
            "LISTEN": f"127.0.0.1:{self.s3}",
            "INTAKE": f"127.0.0.1:{self.service}",
            "EVENTS": str(ROOT / "ops/s3/events.json"),
        }
        with self._running(["/bin/sh", str(ROOT / "ops/s3/start.sh")], "s3", told):
            service = composed(defaults())["services"]["s3"]
            eventually(
                lambda: healthy(service, {"7070": str(self.s3)}, {"PATH": os.environ["PATH"]})
            )
            yield

    @contextmanager
    def _running(self, command: list[str], name: str, env: dict[str, str]) -> Iterator[None]:
        with (
            (self.folder / f"{name}.log").open("ab") as log,
            subprocess.Popen(command, env=env, stdout=log, stderr=log, cwd=self.folder) as one,
        ):
            try:
                yield
            finally:
                one.terminate()
                one.wait(30)

    def conversation(self, name: str) -> Offered:
        """As a platform asks for it."""
        answer = httpx.post(
            f"http://127.0.0.1:{self.service}/conversations",
            json={"user": "demo", "file_name": name, "learner": "S2"},
            headers={"Authorization": f"Bearer {TOKEN}"},
            timeout=30,
        )
        told = answer.raise_for_status().json()
        return Offered(told["key"], told["upload"]["url"], told["upload"]["headers"])

    def client(self) -> Any:  # noqa: ANN401 - boto3 makes its clients at run time
        return client(
            "s3",
            endpoint_url=f"http://127.0.0.1:{self.s3}",
            region="us-east-1",
            access_key=ACCESS,
            secret_key=SECRET,
        )


def _answers(url: str) -> bool:
    try:
        return httpx.get(url, timeout=5).status_code == 200
    except httpx.TransportError:
        return False


@pytest.fixture
def program(tmp_path: Path) -> Path:
    server = S3(tmp_path / "fetched", Authority(tmp_path / "certificates"))
    server.fetch()
    return server._program


@pytest.fixture
def site(server: Postgres, database: Sessions, tmp_path: Path) -> Iterator[Site]:
    valkey = Valkey(tmp_path / "valkey")
    valkey.start()
    seed(database)
    made = Site(folder=tmp_path, s3=free_port(), service=free_port())
    with environment(
        COLLOQUY_HOME=str(tmp_path),
        COLLOQUY_DATABASE__URL=server.url,
        COLLOQUY_BROKER__URL=valkey.url,
        COLLOQUY_MEDIA__ENDPOINT_URL=f"http://127.0.0.1:{made.s3}",
        COLLOQUY_MEDIA__ACCESS_KEY=ACCESS,
        COLLOQUY_MEDIA__SECRET_KEY=SECRET,
        COLLOQUY_SERVICE__PORT=str(made.service),
        COLLOQUY_SERVICE__HOOK_SECRET=HOOK,
        COLLOQUY_SERVICE__TOKENS__MOODLE=TOKEN,
        PYTHONPATH=str(ROOT),
    ):
        yield made
    valkey.stop()


def runs(database: Sessions) -> set[str]:
    with database.begin() as session:
        return set(session.scalars(select(Run.media_key)))


def test_every_upload_becomes_one_run_told_of_or_not(
    site: Site, program: Path, database: Sessions
) -> None:
    """One walk, since the receiver is taken away in its course."""
    keys: set[str] = set()
    receiver = ExitStack()
    receiver.enter_context(site.receiving())
    with receiver, site.storing(program):
        plain = site.conversation("my talk + Zürich 100%.wav")
        sent = httpx.put(plain.url, content=b"x" * 100, headers=plain.headers, timeout=30)
        assert sent.status_code == 200
        keys.add(plain.key)
        eventually(lambda: runs(database) == keys)

        s3, large = site.client(), site.conversation("large.wav")
        (site.folder / "large").write_bytes(b"y" * 20_000_000)
        # In parts: the event says that it has no bytes.
        s3.upload_file(str(site.folder / "large"), BUCKET, large.key)
        keys.add(large.key)
        eventually(lambda: runs(database) == keys)

        form, lost = site.conversation("form.wav"), site.conversation("lost.wav")
        asked = s3.generate_presigned_post(BUCKET, form.key, ExpiresIn=60)
        posted = httpx.post(asked["url"], data=asked["fields"], files={"file": b"abc"}, timeout=30)
        assert posted.status_code == 204
        # Its event has no key: it has the bucket looked at.
        eventually(lambda: "sweep" in _sent())

        receiver.close()
        s3.put_object(Bucket=BUCKET, Key=lost.key, Body=b"z")
        assert runs(database) == keys, "nobody has told of these two"
        found, _ = sweep_uploads(make(Settings(), pooled=False), Rounds(database).look(TASK, FIRST))
    assert found == 2
    assert runs(database) == keys | {form.key, lost.key}


def _sent() -> str:
    """What stands in the queue of the sweep."""
    with redis.Redis.from_url(os.environ["COLLOQUY_BROKER__URL"]) as broker:
        return repr(broker.lrange("io", 0, -1))
