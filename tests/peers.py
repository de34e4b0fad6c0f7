"""Small TLS servers that stand where a real one should be, with what a real one may have wrong."""

from __future__ import annotations

import contextlib
import socketserver
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread

from embedded.servers.certificates import Pair


@contextmanager
def encrypted(
    pair: Pair, *, newest: ssl.TLSVersion = ssl.TLSVersion.TLSv1_3, greeting: int = 0
) -> Iterator[int]:
    """The port of a server that ends every connection once it is encrypted.

    `greeting` is how many bytes come before TLS; they are answered with S, as PostgreSQL does.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pair.certificate, pair.key)
    context.maximum_version = newest

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
def _serving(handler: type[socketserver.BaseRequestHandler]) -> Iterator[int]:
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), handler) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield int(server.server_address[1])
        server.shutdown()
        thread.join()
