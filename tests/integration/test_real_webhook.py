"""versitygw as docker-compose.yml starts it, over TLS, and its webhook: what it sends, and what it loses."""

from __future__ import annotations

import os
import ssl
import subprocess
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
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
from embedded.valkey import Valkey
from models.database import Sessions
from models.rounds import Rounds
from models.tables import Run
from pipeline.adapters.s3 import client
from tasks.sweep import FIRST, TASK, sweep_uploads
from tests.integration import composed
from tests.integration.composed import BUCKET, plaintext, spoken
from tests.integration.stacks import ROOT, environment
from tests.waiting import eventually
from workers.services import make

pytestmark = pytest.mark.servers

TOKEN = "token"  # noqa: S105 - of the test alone


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
    secrets: Path
    s3: int
    service: int

    @property
    def trusting(self) -> httpx.Client:
        """Meets only whom the authority of ops/make_secrets vouches for."""
        return httpx.Client(verify=ssl.create_default_context(cafile=self.ca), timeout=30)

    @property
    def ca(self) -> Path:
        return self.secrets / "ca"

    @contextmanager
    def receiving(self) -> Iterator[None]:
        """The HTTP service, until the block ends."""
        with self._running(
            [sys.executable, "-P", "-m", "service.app"], "service", os.environ.copy()
        ):
            eventually(self._receives)
            yield

    def _receives(self) -> bool:
        try:
            with self.trusting as asking:
                return asking.get(f"https://127.0.0.1:{self.service}/readyz").status_code == 200
        except httpx.TransportError:
            return False

    def storing(self, folder: str = "s3") -> AbstractContextManager[int]:
        """versitygw by the script of its image."""
        return composed.s3(self.secrets, self.folder / folder, self.service, self.s3)

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
        with self.trusting as asking:
            answer = asking.post(
                f"https://127.0.0.1:{self.service}/conversations",
                json={"user": "demo", "file_name": name, "learner": "S2"},
                headers={"Authorization": f"Bearer {TOKEN}"},
            )
        told = answer.raise_for_status().json()
        return Offered(told["key"], told["upload"]["url"], told["upload"]["headers"])

    def client(self) -> Any:  # noqa: ANN401 - boto3 makes its clients at run time
        return client(
            "s3",
            endpoint_url=f"https://127.0.0.1:{self.s3}",
            region="us-east-1",
            access_key=secret(self.secrets, "colloquy_media__access_key"),
            secret_key=secret(self.secrets, "colloquy_media__secret_key"),
            ca=self.ca,
        )


def secret(folder: Path, name: str) -> str:
    return (folder / name).read_text().strip()


@pytest.fixture
def site(server: Postgres, database: Sessions, tmp_path: Path) -> Iterator[Site]:
    valkey = Valkey(tmp_path / "valkey")
    valkey.start()
    seed(database)
    secrets, _ = composed.make_secrets(tmp_path)
    made = Site(folder=tmp_path, secrets=secrets, s3=free_port(), service=free_port())
    with environment(
        COLLOQUY_HOME=str(tmp_path),
        COLLOQUY_DATABASE__URL=server.url,
        COLLOQUY_BROKER__URL=valkey.url,
        COLLOQUY_MEDIA__ENDPOINT_URL=f"https://127.0.0.1:{made.s3}",
        COLLOQUY_MEDIA__ACCESS_KEY=secret(secrets, "colloquy_media__access_key"),
        COLLOQUY_MEDIA__SECRET_KEY=secret(secrets, "colloquy_media__secret_key"),
        COLLOQUY_MEDIA__CA=str(made.ca),
        COLLOQUY_SERVICE__PORT=str(made.service),
        COLLOQUY_SERVICE__CERTIFICATE=str(secrets / "intake_certificate"),
        COLLOQUY_SERVICE__KEY=str(secrets / "intake_key"),
        COLLOQUY_SERVICE__HOOK_SECRET=secret(secrets, "colloquy_service__hook_secret"),
        COLLOQUY_SERVICE__TOKENS__MOODLE=TOKEN,
        PYTHONPATH=str(ROOT),
    ):
        yield made
    valkey.stop()


def runs(database: Sessions) -> set[str]:
    with database.begin() as session:
        return set(session.scalars(select(Run.media_key)))


def test_every_upload_becomes_one_run_told_of_or_not(site: Site, database: Sessions) -> None:
    """One walk, since the receiver is taken away in its course."""
    keys: set[str] = set()
    receiver = ExitStack()
    receiver.enter_context(site.receiving())
    with receiver, site.trusting as platform, site.storing():
        plain = site.conversation("my talk + Zürich 100%.wav")
        sent = platform.put(plain.url, content=b"x" * 100, headers=plain.headers)
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
        posted = platform.post(asked["url"], data=asked["fields"], files={"file": b"abc"})
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


def test_neither_end_speaks_plaintext_and_a_receiver_that_cannot_prove_its_name_gets_no_event(
    site: Site,
) -> None:
    with site.receiving():
        with site.storing():
            for port in (site.s3, site.service):
                assert plaintext(port) == ""
                assert spoken(port, site.secrets) == "TLSv1.3"
        (site.folder / "other").mkdir()
        other, _ = composed.make_secrets(site.folder / "other")
        (other / "ca").replace(site.ca)
        with pytest.raises(AssertionError, match="s3 ended with 1"), site.storing("again"):
            pass
    assert "certificate signed by unknown authority" in (site.folder / "again/log").read_text()
