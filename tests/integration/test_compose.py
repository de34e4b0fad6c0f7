"""The Compose file: it is one, it is hardened, and every command line in it starts."""

from __future__ import annotations

import json
import os
import re
import socket
import ssl
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
from embedded.storage import Storage
from embedded.valkey import Valkey
from models.migrate import current, newest
from ops.image_requirements import chosen
from tasks.app import QUEUES
from tests.integration.compose import composed, defaults, image_environment, ours, place
from tests.integration.composed import local, make_secrets, plaintext, postgres, spoken
from tests.integration.stacks import ROOT
from tests.waiting import eventually

COMPOSE = composed(defaults())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
STARTED = [name for name in ours(COMPOSE) if name != "migrate"]
OF_THE_HOST = {"ca_key", "languagetool_key", "languagetool_certificate"}
"""Made, and in no container: Java wants the last two in one file."""
TEXTS = [name for name in COMPOSE["secrets"] if name != "languagetool_keystore"]
KEYS = ("_key", "_keystore", "_properties")
LISTENING = {"intake": "8071", "flower": "5555", "metrics": "9808"}
PATIENCE = 120.0
"""Seconds: on a busy machine imports alone take a minute."""


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """What the secrets say: PostgreSQL as it stands in the file; its broker and its S3 are the embedded ones, without TLS."""
    folder = tmp_path_factory.mktemp("servers")
    secrets, _ = make_secrets(folder)
    valkey, storage = Valkey(folder / "vk"), Storage(folder / "s3")
    with postgres(secrets, folder / "pg") as port:
        for one in (valkey, storage):
            one.start()
        yield {name: (secrets / name).read_text().strip() for name in TEXTS} | {
            "secrets": str(secrets),
            "s3": storage.endpoint_url,
            "queue": storage.queue_url,
            "colloquy_database__url": local(
                secrets, "colloquy_database__url", "@postgres:5432", port
            ),
            "colloquy_broker__url": valkey.url,
        }
        for one in (storage, valkey):
            one.stop()


@pytest.fixture(scope="module")
def migrated(servers: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The servers after `migrate` has ended, for which the others wait."""
    running = place("migrate", SERVICES["migrate"], tmp_path_factory.mktemp("migrate"), servers)
    running.start()
    assert running.process is not None
    assert running.process.wait(PATIENCE) == 0, running.log.read_text()
    return servers


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
    secrets, _ = make_secrets(tmp_path)
    first = {one.name: one.read_bytes() for one in secrets.iterdir()}
    assert make_secrets(tmp_path)[1] == ""
    assert {one.name: one.read_bytes() for one in secrets.iterdir()} == first
    assert set(first) - set(COMPOSE["secrets"]) == OF_THE_HOST
    assert secrets.stat().st_mode & 0o777 == 0o700
    assert (secrets / "ca_key").stat().st_mode & 0o777 == 0o600
    made = {name: (secrets / name).read_text() for name in TEXTS}
    password = made["postgres_password"].strip()
    assert f":{password}@postgres:5432/" in made["colloquy_database__url"]
    assert re.search(r"requirepass (\w+)", made["valkey_conf"])[1] in made["colloquy_broker__url"]  # type: ignore[index]
    used = {secret for one in SERVICES.values() for secret in one.get("secrets", ())}
    assert used == set(COMPOSE["secrets"])
    for name, one in SERVICES.items():
        kept = [secret for secret in one.get("secrets", ()) if secret.endswith(KEYS)]
        own = (f"{name}_", "colloquy_")
        assert all(secret.startswith(own) for secret in kept), "a key is its server's alone"
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


def test_the_schema_is_brought_up_to_date(migrated: dict[str, str]) -> None:
    assert current(migrated["colloquy_database__url"]) == newest()


@pytest.mark.parametrize("name", STARTED)
def test_it_starts_by_its_command_is_healthy_by_its_check_and_ends_when_it_is_told_to(
    migrated: dict[str, str], tmp_path: Path, name: str
) -> None:
    service = SERVICES[name]
    if name == "intake-sqs":
        told = service["environment"] | {"COLLOQUY_MEDIA__QUEUE_URL": migrated["queue"]}
        service = service | {"environment": told}
    one = place(name, service, tmp_path, migrated)
    assert service["healthcheck"]["test"][0] == "CMD"
    one.start()
    try:
        eventually(one.healthy, PATIENCE)
        if name in LISTENING:
            port, secrets = int(one.replaced[LISTENING[name]]), Path(migrated["secrets"])
            assert plaintext(port) == ""
            with socket.create_connection(("127.0.0.1", port)):
                # Who says nothing keeps nobody waiting.
                assert spoken(port, secrets) == "TLSv1.3"
            old = spoken(port, secrets, ssl.TLSVersion.TLSv1_2)
            assert old == ("TLSv1.2" if name == "flower" else None)
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
    for secret in migrated.values():
        assert "://" in secret or len(secret) < 6 or secret not in text
    written = {path.name for path in one.folder.iterdir()}
    assert not written - {"tmp", "data", "scratch", "secrets", "log"}


def test_a_process_that_works_no_more_is_not_healthy(
    migrated: dict[str, str], tmp_path: Path
) -> None:
    running = place("beat", SERVICES["beat"], tmp_path, migrated)
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


def test_only_the_gpu_workers_image_has_cuda() -> None:
    assert "\nARG TORCH=cpu\n" in (ROOT / "Dockerfile").read_text()
    built = {
        one["image"]: one["build"].get("args", {})
        for one in SERVICES.values()
        if "build" in one and one["image"].startswith("colloquy:")
    }
    assert built == {
        "colloquy:0.1.0": {"TORCH": "cpu"},
        "colloquy:0.1.0-cuda": {"TORCH": "cuda"},
    }
    cuda = [name for name, one in SERVICES.items() if one["image"].endswith("-cuda")]
    assert cuda == ["worker-gpu"]
    assert SERVICES["worker-gpu"]["profiles"] == ["gpu"], "else every build would make it"


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
    migrated: dict[str, str], tmp_path: Path
) -> None:
    run_id = str(uuid4())
    one = place("flower", SERVICES["flower"], tmp_path, migrated)

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
            f"https://127.0.0.1:{one.replaced['5555']}/tasks/datatable",
            params=columns,
            auth=("colloquy", migrated["colloquy_flower__password"]),
            timeout=30,
            verify=ssl.create_default_context(cafile=Path(migrated["secrets"]) / "ca"),
        ).json()
        return found

    one.start()
    try:
        eventually(one.healthy, PATIENCE)
        with (
            Celery(broker=migrated["colloquy_broker__url"], set_as_current=False) as sender,
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
