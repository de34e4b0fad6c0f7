"""Where embedded servers listen: two may see the same port free."""

from __future__ import annotations

from pathlib import Path

import pytest

from embedded import valkey
from embedded.postgres import Postgres
from embedded.process import free_port, has_ended
from embedded.storage import Storage
from embedded.valkey import Valkey
from pipeline.errors import PermanentError
from tests.integration.stacks import taken


@pytest.mark.parametrize("kind", [Postgres, Valkey, Storage])
def test_two_that_see_the_same_port_free_both_come_up_and_keep_their_places(
    kind: type[Postgres | Valkey | Storage], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = kind(tmp_path / "one", free_port())
    other = kind(tmp_path / "other", 0)
    first.start()
    try:
        with monkeypatch.context() as patched:
            # As if both had looked before either was there; each later look is a true one.
            seen = iter([first.port])
            patched.setattr(
                "embedded.process.free_port", lambda wanted=0: next(seen, 0) or free_port(wanted)
            )
            other.start()
        ports = first.port, other.port
        assert ports[0] != ports[1]
        other.stop()
        other.start()
        assert (first.port, other.port) == ports
    finally:
        first.stop()
        other.stop()


def test_a_port_that_others_know_is_not_changed(tmp_path: Path) -> None:
    server = Valkey(tmp_path)
    server.start()
    server.stop()
    port = server.port
    with taken([port]), pytest.raises(PermanentError, match="Valkey does not start"):
        server.start()
    server.start()
    assert server.port == port
    server.stop()


def test_a_slow_server_is_not_taken_for_another_at_its_port(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = Valkey(tmp_path)
    started: list[int] = []

    def loading(one: Valkey) -> bool:
        started.append(one.pid or 0)
        return False

    monkeypatch.setattr(valkey, "PATIENCE", 0.5)
    monkeypatch.setattr(Valkey, "_answers", loading)
    with pytest.raises(PermanentError, match="Valkey does not start"):
        server.start()
    assert len(set(started)) == 1
    assert has_ended(started[0])
