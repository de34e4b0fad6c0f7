"""The Compose file: it is one, it is hardened, and every command line in it starts."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
from celery import Celery
from jsonschema import Draft7Validator

from config.settings import Settings
from embedded.postgres import Postgres
from embedded.storage import Storage
from embedded.valkey import Valkey
from models.migrate import current, newest
from ops.image_requirements import chosen
from tasks.app import QUEUES
from tests.integration.compose import composed, defaults, image_environment, ours, place
from tests.integration.stacks import ROOT
from tests.waiting import eventually

COMPOSE = composed(defaults())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
STARTED = [name for name in ours(COMPOSE) if name != "migrate"]
PATIENCE = 120.0
"""Seconds: on a busy machine imports alone take a minute."""


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """The embedded servers in the place of the real ones, as secrets tell of them."""
    folder = tmp_path_factory.mktemp("servers")
    postgres, valkey, storage = (
        Postgres(folder / "pg"),
        Valkey(folder / "vk"),
        Storage(folder / "s3"),
    )
    for one in (postgres, valkey, storage):
        one.start()
    yield {
        "s3": storage.endpoint_url,
        "colloquy_database__url": postgres.url,
        "colloquy_broker__url": valkey.url,
        "colloquy_search__password": "word",
        "colloquy_media__access_key": "embedded",
        "colloquy_media__secret_key": "embedded",
        "colloquy_service__hook_secret": "hook",
        "colloquy_service__tokens__platform": "token",
        "colloquy_flower__password": "word",
        "queue": storage.queue_url,
    }
    for one in (storage, valkey, postgres):
        one.stop()


def test_it_is_a_compose_file() -> None:
    schema = json.loads((ROOT / "tests/fixtures/compose-spec.json").read_text())
    assert [one.message for one in Draft7Validator(schema).iter_errors(COMPOSE)] == []


def test_every_service_is_hardened_bounded_and_looked_after() -> None:
    for name, one in SERVICES.items():
        assert one["cap_drop"] == ["ALL"], name
        assert one["security_opt"] == ["no-new-privileges:true"], name
        assert one["read_only"] or name == "elasticsearch", name
        assert int(one["user"].split(":")[0]) > 0, name
        limits = one["deploy"]["resources"]["limits"]
        assert {"cpus", "memory", "pids"} <= limits.keys(), name
        assert re.search(r":[\w.-]*\d[\w.-]*$", one["image"]), f"{name} has no version"
        assert "healthcheck" in one or name == "migrate", name
        for port in one.get("ports", ()):
            assert port.startswith("127.0.0.1:"), f"{name} is open to the world"


def test_nothing_secret_stands_in_the_file_and_every_secret_is_made(tmp_path: Path) -> None:
    (tmp_path / "ops").mkdir()
    script = tmp_path / "ops" / "make_secrets"
    script.write_bytes((ROOT / "ops" / "make_secrets").read_bytes())
    for _ in range(2):
        subprocess.run(["/bin/sh", script], check=True)
        made = {one.name: one.read_text() for one in (tmp_path / "secrets").iterdir()}
        assert set(made) == set(COMPOSE["secrets"])
    assert (tmp_path / "secrets").stat().st_mode & 0o777 == 0o700
    password = made["postgres_password"].strip()
    assert f":{password}@postgres:5432/" in made["colloquy_database__url"]
    assert re.search(r"requirepass (\w+)", made["valkey_conf"])[1] in made["colloquy_broker__url"]  # type: ignore[index]
    used = {secret for one in SERVICES.values() for secret in one.get("secrets", ())}
    assert used == set(made)
    for one in SERVICES.values():
        assert "PASSWORD" not in " ".join(
            key
            for key, value in one.get("environment", {}).items()
            if not str(value).startswith("/run/secrets/")
        )


def test_what_the_commands_are_told_is_a_setting() -> None:
    known: dict[str, Any] = {"COLLOQUY_HOME": None}
    for group, field in Settings.model_fields.items():
        for setting in getattr(field.annotation, "model_fields", {}):
            known[f"COLLOQUY_{group}__{setting}".upper()] = None
    for name, one in ours(COMPOSE).items():
        told = {
            *one.get("environment", {}),
            *(image_environment()),
            *(s.upper() for s in one.get("secrets", ())),
        }
        told = {key.replace("__PLATFORM", "") for key in told if key.startswith("COLLOQUY_")}
        assert told <= set(known), name


def test_every_queue_has_a_worker_without_a_profile_or_is_for_a_gpu_only() -> None:
    served = {
        queue
        for one in ours(COMPOSE).values()
        for argument in one["command"]
        if argument.startswith("--queues=")
        for queue in argument.removeprefix("--queues=").split(",")
    }
    assert served == set(QUEUES)


def test_the_schema_is_brought_up_to_date(servers: dict[str, str], tmp_path: Path) -> None:
    running = place("migrate", SERVICES["migrate"], tmp_path, servers)
    running.start()
    assert running.process is not None
    assert running.process.wait(PATIENCE) == 0, running.log.read_text()
    assert current(servers["colloquy_database__url"]) == newest()


@pytest.mark.parametrize("name", STARTED)
def test_it_starts_by_its_command_is_healthy_by_its_check_and_ends_when_it_is_told_to(
    servers: dict[str, str], tmp_path: Path, name: str
) -> None:
    service = SERVICES[name]
    if name == "intake-sqs":
        told = service["environment"] | {"COLLOQUY_MEDIA__QUEUE_URL": servers["queue"]}
        service = service | {"environment": told}
    one = place(name, service, tmp_path, servers)
    assert service["healthcheck"]["test"][0] == "CMD"
    one.start()
    try:
        eventually(one.healthy, PATIENCE)
        ended = one.stop(PATIENCE)
    finally:
        if one.process is not None and one.process.poll() is None:
            one.process.kill()
            one.process.wait()
    # uvicorn ends by the signal itself.
    assert ended == (-15 if name == "intake" else 0)
    text = one.log.read_text()
    assert "Traceback" not in text, text[-3000:]
    for line in text.splitlines():
        # Celery says its farewell past all logging.
        if line and not line.startswith("worker: "):
            json.loads(line)
    for secret in servers.values():
        assert "://" in secret or len(secret) < 6 or secret not in text
    written = {path.name for path in one.folder.iterdir()}
    assert not written - {"tmp", "data", "scratch", "secrets", "log"}


def test_a_process_that_works_no_more_is_not_healthy(
    servers: dict[str, str], tmp_path: Path
) -> None:
    running = place("beat", SERVICES["beat"], tmp_path, servers)
    check = running.service["healthcheck"]["test"][1:]
    file = tmp_path / "beat" / "tmp" / "alive"

    def status() -> int:
        return subprocess.run(
            [running.here(one) for one in check], env=running.environment, check=False
        ).returncode

    assert status() == 1
    file.touch()
    assert status() == 0
    os.utime(file, (1, 1))
    assert status() == 1


def test_the_dockerfile_has_no_finding() -> None:
    hadolint = Path(sys.executable).with_name("hadolint")
    done = subprocess.run(
        [hadolint, ROOT / "Dockerfile"], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (0, "")


def test_the_image_gets_what_the_product_needs_and_without_cuda_no_more() -> None:
    lock = (ROOT / "requirements.lock").read_text()
    names = "celery==1\ntorch==1\nnvidia-cublas==1\nnumpy==1\n"
    text = chosen(lock, names, cuda=True)
    found = {line.split("==")[0] for line in text.splitlines() if "==" in line}
    assert found == {"celery", "torch", "nvidia-cublas", "numpy"}
    assert "--hash=sha256:" in text
    assert len([line for line in text.splitlines() if line.startswith("numpy==")]) > 1, (
        "by Python's version"
    )
    assert "torch" not in chosen(lock, names, cuda=False)
    with pytest.raises(ValueError, match="lacks nothing-such"):
        chosen(lock, "nothing-such==1", cuda=True)


def test_flower_still_shows_after_a_restart_what_it_has_seen(
    servers: dict[str, str], tmp_path: Path
) -> None:
    run_id = str(uuid4())
    one = place("flower", SERVICES["flower"], tmp_path, servers)

    columns: dict[str, str | int] = {
        "draw": 1,
        "start": 0,
        "length": 9,
        "search[value]": "",
        "order[0][column]": 0,
        "order[0][dir]": "asc",
        "columns[0][data]": "name",
    }

    def told() -> dict[str, Any]:
        found: dict[str, Any] = httpx.get(
            f"http://127.0.0.1:{one.replaced['5555']}/tasks/datatable",
            params=columns,
            auth=("colloquy", servers["colloquy_flower__password"]),
            timeout=30,
        ).json()
        return found

    one.start()
    try:
        eventually(one.healthy, PATIENCE)
        with (
            Celery(broker=servers["colloquy_broker__url"], set_as_current=False) as sender,
            sender.events.default_dispatcher() as events,
        ):

            def seen() -> object:
                told_of = {"uuid": "seen", "name": "stage.score", "args": f"('{run_id}',)"}
                events.send("task-received", **told_of)
                return told()["data"]

            eventually(seen)
        assert one.stop(PATIENCE) == 0
        one.start()
        eventually(one.healthy, PATIENCE)
        (row,) = told()["data"]
    finally:
        one.stop(PATIENCE)
    assert row["name"] == "stage.score"
    assert run_id in row["args"]
