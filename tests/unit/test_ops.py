"""Alerts and dashboard: they parse, they tell what they should, and ask for what there is."""

from __future__ import annotations

import json
import os
import re
import shutil
import ssl
import subprocess
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
import yaml
from prometheus_client import CollectorRegistry

from embedded.process import free_port
from models.figures import Group, Standing
from tests.integration.compose import composed, defaults, here
from tests.integration.composed import make_secrets, plaintext, spoken
from tests.waiting import eventually
from workers.counts import Counts
from workers.gauges import of_ledger

OPS = Path(__file__).parents[2] / "ops"
ALERTS = OPS / "prometheus" / "alerts.yml"
NAME = re.compile(r"colloquy_[a-z_]+")
BESIDE = {
    "colloquy_figures_age_seconds",
    "colloquy_reached",
    "colloquy_queue_messages",
    "colloquy_upload_events",
}
"""What the page has beside the ledger's (tests/integration/test_figures.py)."""


def program(name: str) -> str:
    found = shutil.which(name)
    if found is None and "CI" not in os.environ:
        pytest.skip(f"{name} is not installed: apt-get install prometheus")
    assert found is not None, "CI installs it"
    return found


@pytest.fixture
def promtool() -> str:
    return program("promtool")


def run(*command: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)


def expressions() -> Iterator[str]:
    dashboard = json.loads((OPS / "grafana" / "colloquy.json").read_text())
    for panel in dashboard["panels"]:
        for target in panel["targets"]:
            yield target["expr"].replace("$__rate_interval", "1m")
    for group in yaml.safe_load(ALERTS.read_text())["groups"]:
        for rule in group["rules"]:
            yield rule["expr"]


def there() -> set[str]:
    registry = CollectorRegistry()
    counts = Counts(registry)
    assert counts
    one = (Group(name="score", state="ready", count=1),)
    told = Standing(runs=(), stages=one, dead=one, circuits=one, rounds=one)
    names = {family.name for family in of_ledger(told)} | BESIDE
    for family in registry.collect():
        ends = {"counter": ("_total",), "histogram": ("_bucket", "_sum", "_count")}
        names |= {family.name + end for end in ends[family.type]}
    return names


def test_alerts_and_dashboard_ask_only_for_what_there_is() -> None:
    asked = {name for one in expressions() for name in NAME.findall(one)}
    assert asked <= there()


def test_the_alerts_tell_what_they_should(promtool: str, tmp_path: Path) -> None:
    checked = run(promtool, "check", "rules", ALERTS)
    assert checked.returncode == 0, checked.stderr
    tested = run(promtool, "test", "rules", ALERTS.with_name("alerts.test.yml"))
    assert tested.returncode == 0, tested.stdout + tested.stderr
    # That it can fail.
    for name in ("alerts.yml", "alerts.test.yml"):
        text = ALERTS.with_name(name).read_text()
        (tmp_path / name).write_text(text.replace("> 900", "> 90"))
    broken = run(promtool, "test", "rules", tmp_path / "alerts.test.yml")
    assert "ColloquyQueueWaits" in broken.stdout + broken.stderr


def test_every_alert_has_a_test_that_makes_it_tell() -> None:
    tests = yaml.safe_load(ALERTS.with_name("alerts.test.yml").read_text())["tests"]
    told = {
        one["alertname"] for test in tests for one in test["alert_rule_test"] if one["exp_alerts"]
    }
    rules = yaml.safe_load(ALERTS.read_text())["groups"][0]["rules"]
    assert told == {one["alert"] for one in rules}


def test_every_expression_of_the_dashboard_parses(promtool: str, tmp_path: Path) -> None:
    rules = [{"record": f"test:{n}", "expr": one} for n, one in enumerate(expressions())]
    file = tmp_path / "rules.yml"
    file.write_text(yaml.safe_dump({"groups": [{"name": "dashboard", "rules": rules}]}))
    checked = run(promtool, "check", "rules", file)
    assert checked.returncode == 0, checked.stdout + checked.stderr


@pytest.fixture
def placed(tmp_path: Path) -> dict[str, str]:
    """Its configuration and its certificate on this machine, and what of the container's places they stand for."""
    secrets, _ = make_secrets(tmp_path)
    replaced = {
        "/etc/prometheus/": f"{tmp_path / 'etc'}/",
        "=/prometheus": f"={tmp_path}/data",
        "/run/secrets": str(secrets),
    }
    shutil.copytree(OPS / "prometheus", tmp_path / "etc")
    for name in ("prometheus.yml", "web.yml", "client.yml"):
        file = tmp_path / "etc" / name
        file.write_text(here([file.read_text()], replaced)[0])
    return replaced


def test_prometheus_reads_its_configuration(
    promtool: str, placed: dict[str, str], tmp_path: Path
) -> None:
    assert placed
    for kind, name in (("config", "prometheus.yml"), ("web-config", "web.yml")):
        checked = run(promtool, "check", kind, tmp_path / "etc" / name)
        assert checked.returncode == 0, checked.stdout + checked.stderr


def test_prometheus_starts_by_its_command_in_the_compose_file_and_asks_the_metrics(
    placed: dict[str, str], tmp_path: Path
) -> None:
    prometheus, port, replaced = program("prometheus"), free_port(), placed
    trusting = ssl.create_default_context(cafile=tmp_path / "secrets" / "ca")
    service = composed(defaults())["services"]["prometheus"]
    arguments = here(service["command"], replaced)
    with (tmp_path / "log").open("wb") as log:
        process = subprocess.Popen(
            [prometheus, *arguments, f"--web.listen-address=127.0.0.1:{port}"],
            stdout=log,
            stderr=log,
        )
    try:
        # Its health check asks the same; Debian's promtool is older and cannot.
        assert service["healthcheck"]["test"][1:4] == ["promtool", "check", "ready"]
        eventually(lambda: answer(port, "/-/ready", trusting))
        rules = json.loads(answer(port, "/api/v1/rules", trusting))["data"]["groups"][0]["rules"]
        asked = eventually(lambda: targets(port, trusting))
        assert plaintext(port).startswith("400 ")
        assert spoken(port, tmp_path / "secrets") == "TLSv1.3"
        assert spoken(port, tmp_path / "secrets", ssl.TLSVersion.TLSv1_2) is None
    finally:
        process.terminate()
        assert process.wait(30) == 0
    assert len(rules) == len(yaml.safe_load(ALERTS.read_text())["groups"][0]["rules"])
    assert asked == ["https://metrics:9808/metrics"]


def targets(port: int, trusting: ssl.SSLContext) -> list[str]:
    """What it asks, once it has read its configuration."""
    told = json.loads(answer(port, "/api/v1/targets", trusting))["data"]["activeTargets"]
    return [one["scrapeUrl"] for one in told]


def answer(port: int, path: str, trusting: ssl.SSLContext) -> str:
    """Of Prometheus; empty where there is none."""
    try:
        told = httpx.get(f"https://127.0.0.1:{port}{path}", timeout=10, verify=trusting)
    except httpx.TransportError:
        return ""
    return told.text if told.status_code == 200 else ""
