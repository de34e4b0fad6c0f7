"""Small TLS servers that stand where a real one should be, with what a real one may have wrong."""

from __future__ import annotations

import contextlib
import select
import socket
import socketserver
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread

from embedded.servers.certificates import Pair

HANDSHAKE_FAILURE = bytes.fromhex("15 0303 0002 02 28")
"""A record of TLS: an alert of two bytes, fatal, number 40."""


@contextmanager
def encrypted(
    pair: Pair, *, newest: ssl.TLSVersion = ssl.TLSVersion.TLSv1_3, greeting: int = 0
) -> Iterator[int]:
    """The port of a server that ends every connection once it is encrypted.

    `greeting` is how many bytes come before TLS; they are answered with S, as PostgreSQL does.
    """
    context = _context(pair, newest)

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            # What a client that refuses does to a connection is no matter here.
            with contextlib.suppress(OSError):
                if greeting and self.request.recv(greeting):
                    self.request.sendall(b"S")
                with context.wrap_socket(self.request, server_side=True) as wrapped:
                    wrapped.recv(1)

    with _serving(Handler) as port:
        yield port


@contextmanager
def plain() -> Iterator[int]:
    """The port of a server that speaks no TLS: it says no, and ends the connection."""

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            with contextlib.suppress(OSError):
                self.request.recv(1024)
                self.request.sendall(b"No, thank you.\n")

    with _serving(Handler) as port:
        yield port


@contextmanager
def curt(greeting: int = 0) -> Iterator[int]:
    """The port of a server that ends each handshake with the alert "handshake failure", as some do on a TLS too new for them."""

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            with contextlib.suppress(OSError):
                if greeting and self.request.recv(greeting):
                    self.request.sendall(b"S")
                self.request.recv(4096)
                self.request.sendall(HANDSHAKE_FAILURE)

    with _serving(Handler) as port:
        yield port


@contextmanager
def relay(pair: Pair, behind: int, ca: Path) -> Iterator[int]:
    """The port of a TLS 1.2 relay before a real server, for one that has no word for what it speaks.

    The server is on this machine, at `behind`, by an authority of its own.
    """
    near = _context(pair, ssl.TLSVersion.TLSv1_2)
    far = ssl.create_default_context(cafile=ca)
    # A newer one has tickets after the handshake, which look like something to read.
    far.maximum_version = ssl.TLSVersion.TLSv1_2
    opened: list[socket.socket] = []

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            with (
                contextlib.suppress(OSError),
                near.wrap_socket(self.request, server_side=True) as client,
                socket.create_connection(("127.0.0.1", behind), timeout=5) as plain,
                far.wrap_socket(plain, server_hostname="127.0.0.1") as server,
            ):
                server.settimeout(None)
                opened.extend((client, server))
                _hand_on(client, server)

    with _serving(Handler) as port:
        try:
            yield port
        finally:
            # Clients keep theirs open, and each is waited for.
            for one in opened:
                with contextlib.suppress(OSError):
                    one.shutdown(socket.SHUT_RDWR)


def _context(pair: Pair, newest: ssl.TLSVersion) -> ssl.SSLContext:
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.load_cert_chain(pair.certificate, pair.key)
    made.maximum_version = newest
    return made


def _hand_on(client: ssl.SSLSocket, server: ssl.SSLSocket) -> None:
    """What each says to the other, until one ends."""
    other = {client: server, server: client}
    while True:
        read = [one for one in other if one.pending()] or select.select(list(other), [], [])[0]
        for one in read:
            told = one.recv(2**16)
            if not told:
                return
            other[one].sendall(told)


@contextmanager
def _serving(handler: type[socketserver.BaseRequestHandler]) -> Iterator[int]:
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), handler) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield int(server.server_address[1])
        finally:
            server.shutdown()
            thread.join()
