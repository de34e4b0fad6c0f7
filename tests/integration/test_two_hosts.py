"""Workers on other hosts: two network namespaces, each with a cable to the servers (`tests.two_hosts`)."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.hosts

WAYS = (["unshare", "--net"], ["unshare", "--net", "--map-root-user"])
"""As root; as anybody else, where the kernel lets users."""
NEEDS = (
    "This test makes network namespaces: it needs `ip` (Debian: iproute2), `unshare` and `nsenter` (util-linux), and root "
    "with CAP_SYS_ADMIN and CAP_NET_ADMIN, or a kernel that lets users make namespaces (user.max_user_namespaces)."
)


def allowed(way: list[str]) -> bool:
    return subprocess.run([*way, "true"], capture_output=True, check=False).returncode == 0


def test_a_run_whose_host_is_lost_in_a_stage_ends_on_the_other(tmp_path: Path) -> None:
    missing = [one for one in ("ip", "unshare", "nsenter") if shutil.which(one) is None]
    assert not missing, NEEDS
    alone = next((one for one in WAYS if allowed(one)), None)
    assert alone, NEEDS
    command = [*alone, sys.executable, "-m", "tests.two_hosts", str(tmp_path)]
    found = subprocess.run(command, capture_output=True, text=True, check=False, timeout=500)
    logs = "".join(one.read_text()[-3000:] for one in tmp_path.glob("logs/host-*.log"))
    assert found.returncode == 0, found.stderr + logs
    assert "ended the run" in found.stdout
