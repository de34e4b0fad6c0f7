"""Reads docker-compose.yml, and starts our services of it without a container, by their very command lines."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from embedded.process import free_port
from tests.integration.stacks import ROOT

FILE = ROOT / "docker-compose.yml"
VARIABLE = re.compile(r"\$\$|\$\{(\w+)(:?)-([^}]*)\}")
ENVIRONMENT = re.compile(r"(\w+)=(\S+)")


def defaults() -> dict[str, str]:
    """What .env.example says."""
    lines = (ROOT / ".env.example").read_text().splitlines()
    return dict(one.split("=", 1) for one in lines if one and not one.startswith("#"))


def composed(variables: Mapping[str, str]) -> dict[str, Any]:
    """The file, put together as Compose does it: anchors, merges, variables."""

    def value(found: re.Match[str]) -> str:
        if found.group(1) is None:
            return "$"
        given = variables.get(found.group(1))
        # With a colon an empty one counts for none.
        return found.group(3) if given is None or (found.group(2) and not given) else given

    def filled(node: object) -> object:
        if isinstance(node, dict):
            return {name: filled(one) for name, one in node.items()}
        if isinstance(node, list):
            return [filled(one) for one in node]
        return VARIABLE.sub(value, node) if isinstance(node, str) else node

    read = filled(yaml.safe_load(FILE.read_text()))
    assert isinstance(read, dict)
    return read


def ours(compose: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The services that run our own image."""
    found: dict[str, dict[str, Any]] = compose["services"]
    return {name: one for name, one in found.items() if one["image"].startswith("colloquy:")}


def image_environment() -> dict[str, str]:
    """The ENV of the last stage of our image."""
    stage = (ROOT / "Dockerfile").read_text().split(" AS app\n")[1].split("\nFROM ")[0]
    told = " ".join(re.findall(r"^ENV ((?:.*\\\n)*.*)$", stage, re.MULTILINE)).replace("\\\n", " ")
    return dict(ENVIRONMENT.findall(told))


def here(command: Iterable[object], replaced: Mapping[str, str]) -> list[str]:
    """A command with what is elsewhere on this machine."""
    found = [str(one) for one in command]
    for there, one in replaced.items():
        found = [text.replace(there, one) for text in found]
    return found


def healthy(
    service: dict[str, Any], replaced: Mapping[str, str], environment: Mapping[str, str]
) -> bool:
    """By the service's health check, of either form."""
    form, *told = here(service["healthcheck"]["test"], replaced)
    command = told if form == "CMD" else ["/bin/sh", "-c", *told]
    return not subprocess.run(
        command, env=environment, capture_output=True, check=False, timeout=30
    ).returncode


@dataclass
class Running:
    """A service's process on this machine, in the place of its container."""

    name: str
    service: dict[str, Any]
    folder: Path
    secrets: Path
    replaced: dict[str, str]
    process: subprocess.Popen[bytes] | None = None

    @property
    def log(self) -> Path:
        return self.folder / "log"

    def here(self, text: str) -> str:
        """With addresses and folders of this machine for those of the container."""
        for there, one in self.replaced.items():
            text = text.replace(there, one)
        return text

    @property
    def environment(self) -> dict[str, str]:
        """What its container would have, and nothing of ours."""
        told = image_environment() | self.service.get("environment", {})
        kept = {name: self.here(str(one)) for name, one in told.items()}
        path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
        return kept | {
            "PATH": path,
            "HOME": str(self.folder),
            "COLLOQUY_SECRETS": str(self.secrets),
            # Containers have users of their own; this machine's may be root.
            "C_FORCE_ROOT": "1",
        }

    def start(self) -> None:
        """As Compose would, with the command as it stands there."""
        command = [self.here(str(one)) for one in self.service["command"]]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                command, cwd=self.folder, env=self.environment, stdout=log, stderr=log
            )

    def healthy(self) -> bool:
        """By the health check as it stands there; AssertionError when the process has ended."""
        assert self.process is not None
        ended = self.process.poll()
        assert ended is None, f"{self.name} ended with {ended}:\n{self.log.read_text()[-3000:]}"
        _, *command = [self.here(str(one)) for one in self.service["healthcheck"]["test"]]
        done = subprocess.run(
            command, cwd=self.folder, env=self.environment, capture_output=True, check=False
        )
        return done.returncode == 0

    def stop(self, patience: float) -> int:
        """As `docker compose stop`; how it ended."""
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(patience)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise


def place(name: str, service: dict[str, Any], root: Path, servers: Mapping[str, str]) -> Running:
    """The service with a folder of its own, its secrets in it, and free ports."""
    folder, secrets = root / name, root / name / "secrets"
    for one in ("tmp", "data", "scratch", "secrets"):
        (folder / one).mkdir(parents=True)
    for one in service.get("secrets", ()):
        (secrets / one).write_text(servers[one] + "\n")
    ports = {str(port): str(free_port()) for port in (8071, 5555, 9808)}
    folders = {f"{path}": str(folder / path.strip("/")) + "/" for path in ("/tmp/", "/data/")}  # noqa: S108 - the container's
    return Running(
        name=name,
        service=service,
        folder=folder,
        secrets=secrets,
        replaced={
            "https://s3:7070": servers["s3"],
            "/scratch": str(folder / "scratch"),
            "0.0.0.0": "127.0.0.1",  # noqa: S104 - the container's, which is not used
        }
        | folders
        | ports
        # Last: what stands for the others may be in its path.
        | {"/run/secrets": str(secrets)},
    )
