"""A whole chain with marks in everything that is of a person: none of them is in any log, metric, or page of Flower."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import UUID

import httpx

from config.settings import settings
from embedded.process import free_port
from models.database import Sessions
from models.tables import User
from pipeline.plan import PLAN
from tests.fakes.quick import TALK
from tests.integration import rows
from tests.integration.stacks import QUICK, database_of, drained, environment, running, tell
from tests.waiting import ended, eventually
from workers.submit import submit

MARK = "zqxmark"
"""In names, titles and keys; the talk of the quick engines has words of its own."""
SPOKEN = [word for one in TALK.segments for word in one.text.split() if len(word) > 6]
TOKEN, HOOK, WORD = "platform-token", "hook-secret", "flower-word"


@contextmanager
def process(home: Path, module: str, url: str) -> Iterator[None]:
    """One of the processes beside the stack, until it answers there."""
    with (
        (home / "logs" / f"{module}.log").open("wb") as log,
        subprocess.Popen(
            [sys.executable, "-P", "-m", module], env=os.environ, stdout=log, stderr=log
        ) as one,
    ):
        try:
            eventually(lambda: _answers(url) or one.poll() is not None)
            yield
        finally:
            one.terminate()
            one.wait(30)


def _answers(url: str) -> bool:
    try:
        return httpx.get(url, timeout=5).status_code < 500
    except httpx.TransportError:
        return False


def learner(store: Sessions) -> None:
    with store.begin() as session:
        rows.user(session, f"{MARK}user")
        session.query(User).where(User.username == f"{MARK}user").update({"first_name": MARK})


def offered(port: int, body: bytes, name: str) -> UUID:
    """A conversation of a platform, and its upload."""
    asked = {
        "user": f"{MARK}user",
        "title": f"{MARK} title",
        "file_name": name,
        "topic": MARK,
        "learner": "S2",
    }
    told = httpx.post(
        f"http://127.0.0.1:{port}/conversations",
        json=asked,
        headers={"Authorization": f"Bearer {TOKEN}"},
        timeout=30,
    ).json()
    sent = httpx.put(
        told["upload"]["url"], content=body, headers=told["upload"]["headers"], timeout=60
    )
    assert sent.status_code == 200
    return UUID(told["id"])


def shown(port: int) -> str:
    """All tasks as Flower's page has them."""
    columns: dict[str, str | int] = {
        "draw": 1,
        "start": 0,
        "length": 500,
        "search[value]": "",
        "order[0][column]": 0,
    }
    return httpx.get(
        f"http://127.0.0.1:{port}/tasks/datatable",
        params={**columns, "columns[0][data]": "name", "order[0][dir]": "asc"},
        auth=("colloquy", WORD),
        timeout=30,
    ).text


def test_nothing_of_a_person_is_in_logs_metrics_and_flower(tmp_path: Path, fixtures: Path) -> None:
    """One long walk, since nine processes take too long to start for each part of it."""
    ports = {name: free_port() for name in ("service", "metrics", "flower")}
    told = {f"COLLOQUY_{name.upper()}__PORT": str(port) for name, port in ports.items()}
    told |= {
        "COLLOQUY_LOG__JSON_LINES": "1",
        "COLLOQUY_LOG__LEVEL": "debug",
        "COLLOQUY_SERVICE__TOKENS__MOODLE": TOKEN,
        "COLLOQUY_SERVICE__HOOK_SECRET": HOOK,
        "COLLOQUY_FLOWER__PASSWORD": WORD,
        "COLLOQUY_METRICS__EVERY_SECONDS": "0.5",
    }
    recording = (fixtures / "short.ogg").read_bytes()
    with (
        running(tmp_path, intake=True, worker=QUICK, **told) as stack,
        database_of(stack) as store,
        environment(**stack.environment | told),
    ):
        learner(store)
        gate = tmp_path / "gate"
        addresses = {name: f"http://127.0.0.1:{port}" for name, port in ports.items()}
        with (
            process(tmp_path, "workers.flower", f"{addresses['flower']}/healthcheck"),
            process(tmp_path, "service.app", f"{addresses['service']}/readyz"),
            process(tmp_path, "workers.metrics", f"{addresses['metrics']}/metrics"),
        ):
            good = offered(ports["service"], recording, f"{MARK} talk.ogg")
            assert ended(store, good).state == "completed"
            broken = offered(ports["service"], b"no recording", f"{MARK} broken.ogg")
            assert ended(store, broken).state == "failed"
            gate.write_text("bug")
            bug = submit(
                settings(), fixtures / "short.ogg", user=f"{MARK}user", title=MARK, learner="S2"
            )
            eventually(gate.with_suffix(".bug").exists)
            tell(settings(), f"uploads/{MARK}/x", f"uploads/{good}/{MARK} gone.ogg")
            hooked = httpx.post(
                f"{addresses['service']}/hooks/s3?{MARK}=1",
                content=json.dumps(
                    {
                        "Records": [
                            {
                                "eventName": "ObjectCreated:Put",
                                "s3": {"object": {"key": f"uploads/{MARK}"}},
                            }
                        ]
                    }
                ),
                headers={"Authorization": f"Bearer {HOOK}"},
                timeout=30,
            )
            assert hooked.json() == {"outcomes": ["refused"]}
            drained(settings())
            gate.unlink()
            assert ended(store, bug, 120).state == "completed"
            page = eventually(lambda: _counted(addresses["metrics"]))
            tasks = eventually(
                lambda: (
                    shown(ports["flower"])
                    if f"conversation {bug}" in shown(ports["flower"])
                    else None
                )
            )
    texts = {"metrics page": page, "flower page": tasks}
    texts |= {str(one): one.read_bytes().decode(errors="replace") for one in _written(tmp_path)}
    assert {"worker.log", "upkeep.log", "beat.log", "intake.log", "postgres.log"} <= {
        Path(name).name for name in texts
    }
    for name, text in texts.items():
        assert MARK not in text.lower(), name
        assert [word for word in SPOKEN if word in text] == [], name
        for secret in (TOKEN, HOOK, WORD):
            assert secret not in text, name
    names = {one["name"] for one in json.loads(tasks)["data"]}
    assert {f"stage.{one.name}" for one in PLAN.stages} <= names
    _structured(tmp_path / "logs")


def _counted(url: str) -> str | None:
    text = httpx.get(f"{url}/metrics", timeout=30).text
    wanted = 'colloquy_stage_failures_total{code="bug",outcome="again",stage="transcribe"}'
    return (
        text
        if wanted in text and 'colloquy_runs_ended_total{state="completed"} 2.0' in text
        else None
    )


def _written(home: Path) -> list[Path]:
    """Every log, and what Flower keeps."""
    return [*home.rglob("*.log"), *home.glob("flower.db*")]


def _structured(logs: Path) -> None:
    lines = [
        json.loads(line)
        for line in (logs / "worker.log").read_text().splitlines()
        # Celery's own banner and farewell.
        if line.startswith("{")
    ]
    work = [one for one in lines if one["logger"] == "pipeline.runner"]
    assert {one["message"] for one in work} >= {"stage begins", "stage ends"}
    assert all({"run_id", "stage", "attempt"} <= one.keys() for one in work)
    assert {one["attempt"] for one in work if one["stage"] == "transcribe"} >= {1, 2}
    failed = [one for one in lines if one["message"] == "an attempt gave no result"]
    assert {(one["stage"], one["outcome"]) for one in failed} >= {
        ("transcribe", "again"),
        ("decode", "dead"),
    }
    assert all({"run_id", "attempt", "code"} <= one.keys() for one in failed)
