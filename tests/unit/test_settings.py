from __future__ import annotations

import pytest
from pydantic import ValidationError

from config.settings import ReliabilitySettings


def test_a_lease_outlasts_at_least_one_missed_beat() -> None:
    told = ReliabilitySettings()
    assert told.lease_seconds >= 2 * told.heartbeat_seconds
    with pytest.raises(ValidationError, match="at least twice"):
        ReliabilitySettings(lease_seconds=10, heartbeat_seconds=6)
