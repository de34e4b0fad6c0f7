from __future__ import annotations

import socket
import threading
from collections.abc import Iterator

import pytest

from tests.chaos.proxy import Proxy


@pytest.fixture
def echo() -> Iterator[int]:
    """A server that sends back what it gets."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            while True:
                try:
                    connection, _ = server.accept()
                except OSError:
                    return
                threading.Thread(target=answer, args=(connection,), daemon=True).start()

        threading.Thread(target=serve, daemon=True).start()
        yield server.getsockname()[1]
        server.shutdown(socket.SHUT_RDWR)


def answer(connection: socket.socket) -> None:
    with connection:
        while data := connection.recv(100):
            connection.sendall(data)


@pytest.fixture
def proxy(echo: int) -> Iterator[Proxy]:
    made = Proxy(echo)
    made.start()
    yield made
    made.stop()


def connected(proxy: Proxy) -> socket.socket:
    return socket.create_connection(("127.0.0.1", proxy.port), timeout=5)


def says(connection: socket.socket, text: bytes) -> bytes:
    connection.sendall(text)
    return connection.recv(100)


def test_what_is_said_goes_through(proxy: Proxy) -> None:
    with connected(proxy) as one:
        assert says(one, b"a") == b"a"


def test_a_cut_ends_every_connection_and_every_new_one_until_it_is_healed(proxy: Proxy) -> None:
    with connected(proxy) as one:
        assert says(one, b"a") == b"a"
        proxy.cut()
        assert lost(one)
        with connected(proxy) as another:
            assert lost(another)
    proxy.heal()
    with connected(proxy) as one:
        assert says(one, b"b") == b"b"


def lost(connection: socket.socket) -> bool:
    try:
        return connection.recv(1) == b""
    except ConnectionError:
        return True


def test_a_stall_keeps_what_is_said_for_later(proxy: Proxy) -> None:
    with connected(proxy) as one:
        assert says(one, b"a") == b"a"
        proxy.stall()
        one.settimeout(0.3)
        with pytest.raises(TimeoutError):
            says(one, b"b")
        proxy.heal()
        one.settimeout(5)
        assert one.recv(100) == b"b"


def test_where_nobody_listens_the_caller_is_cut_off(proxy: Proxy) -> None:
    with socket.socket() as unheard:
        unheard.bind(("127.0.0.1", 0))
        proxy.target = unheard.getsockname()[1]
        with connected(proxy) as one:
            assert lost(one)
