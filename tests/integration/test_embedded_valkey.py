from __future__ import annotations

from pathlib import Path

import redis

from embedded.valkey import Valkey


def test_a_restart_keeps_the_address_and_what_was_queued(tmp_path: Path) -> None:
    server = Valkey(tmp_path / "valkey")
    server.start()
    try:
        url = server.url
        with redis.Redis.from_url(url) as client:
            client.lpush("queue", "message")
            server.stop()
            server.start()
            assert server.url == url
            assert client.lrange("queue", 0, -1) == [b"message"]
    finally:
        server.stop()
