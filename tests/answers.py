"""Programs that stand where a server should be."""

from __future__ import annotations

import json
import re
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, HTTPServer, ThreadingHTTPServer
from threading import Barrier, Lock, Thread
from urllib.parse import parse_qs

from pipeline.adapters.batches import units


@contextmanager
def answering(status: int, body: str, port: int = 0) -> Iterator[str]:
    """The URL of a program that gives everybody the same answer, on a free port or on the given one."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            # Else Elasticsearch's client looks no further.
            self.send_header("X-Elastic-Product", "Elasticsearch")
            self.send_header("Content-Type", "application/json")
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body.encode())

        do_HEAD = do_GET  # noqa: N815 - the library's names

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            self.do_GET()

        do_PUT = do_POST  # noqa: N815 - the library's names

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
            del format, args

    with HTTPServer(("127.0.0.1", port), Handler) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@contextmanager
def bulk_server(status: Callable[[int], int]) -> Iterator[str]:
    """The URL of a program that takes bulk requests as Elasticsearch does; `status` tells that of a document by its number."""
    error = {"type": "some_exception", "reason": "it is so. Preview of field's value: 'Hello.'"}

    class Handler(BaseHTTPRequestHandler):
        def do_PUT(self) -> None:
            lines = self.rfile.read(int(self.headers["Content-Length"])).splitlines()
            codes = [status(json.loads(one)["number"]) for one in lines[1::2]]
            items = [
                {
                    "index": {"status": one}
                    | ({"error": error} if one >= HTTPStatus.BAD_REQUEST else {})
                }
                for one in codes
            ]
            body = json.dumps({"items": items}).encode()
            self.send_response(200)
            self.send_header("X-Elastic-Product", "Elasticsearch")
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
            del format, args

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


@contextmanager
def silent() -> Iterator[int]:
    """The port of a program that takes every connection and never answers."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen(64)
        yield int(listening.getsockname()[1])


@dataclass
class Grammar:
    """What a program that stands for LanguageTool does, and what it was asked."""

    most: int = 100_000
    """The `maxTextLength` that it tells."""
    takes: int = 100_000
    """What it takes."""
    together: Barrier | None = None
    """Requests answer when so many are there."""
    asked: list[str] = field(default_factory=list)
    at_once: int = 0
    lock: Lock = field(default_factory=Lock)
    busy: int = 0

    def check(self, text: str) -> tuple[int, object]:
        """Status and answer; each `zzz` is wrong, by Java's count."""
        with self.lock:
            self.asked.append(text)
            self.busy += 1
            self.at_once = max(self.busy, self.at_once)
        if self.together:
            self.together.wait(10)
        with self.lock:
            self.busy -= 1
        if units(text) > self.takes:
            return 413, f"Error: Your text exceeds the limit of {self.takes} characters"
        software = {"name": "LanguageTool", "version": "6.6", "buildDate": "2026"}
        matches = [_match(units(text[: one.start()])) for one in re.finditer("zzz", text)]
        return 200, {"software": software, "matches": matches}


def _match(offset: int) -> dict[str, object]:
    rule = {"id": "ZZZ", "category": {"id": "GRAMMAR"}}
    better = [{"value": one} for one in ("a", "b", "c", "d")]
    return {
        "offset": offset, "length": 3, "rule": rule, "message": "Say it.", "replacements": better,
    }  # fmt: skip


@contextmanager
def grammar_server(port: int = 0, grammar: Grammar | None = None) -> Iterator[str]:
    """The URL of a program that answers as LanguageTool does."""
    languages = [{"name": "English (US)", "code": "en", "longCode": "en-US"}]
    told = grammar or Grammar()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            limit = self.path.endswith("/maxtextlength")
            self._answer(200, told.most if limit else languages)

        def do_POST(self) -> None:
            form = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
            self._answer(*told.check(parse_qs(form)["text"][0]))

        def _answer(self, status: int, document: object) -> None:
            body = (document if isinstance(document, str) else json.dumps(document)).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
            del format, args

    with ThreadingHTTPServer(("127.0.0.1", port), Handler) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()
