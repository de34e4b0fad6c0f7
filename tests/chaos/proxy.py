"""A TCP proxy that can cut, refuse and stall, so that a network may fail while both ends live."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine
from typing import Any

CHUNK = 65536


class Proxy:
    """Listens on any port of the address; `target`, a port of loopback, may change while it runs."""

    def __init__(self, target: int, address: str = "127.0.0.1") -> None:
        self.target = target
        self.address = address
        self.port = 0
        self._cut = False
        self._flows = asyncio.Event()
        self._live: set[asyncio.StreamWriter] = set()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="proxy", daemon=True)

    def start(self) -> None:
        self._thread.start()
        self._do(self._listen())

    def cut(self) -> None:
        """Reset every connection, and every new one at once."""
        self._call(self._reset)

    def stall(self) -> None:
        """Keep every connection and let nothing through, as when packets are lost."""
        self._call(self._flows.clear)

    def heal(self) -> None:
        self._call(self._open)

    def stop(self) -> None:
        self._do(self._close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _do(self, work: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(10)

    def _call(self, change: Callable[[], None]) -> None:
        async def changed() -> None:
            change()

        self._do(changed())

    def _reset(self) -> None:
        self._cut = True
        for one in self._live:
            one.transport.abort()

    def _open(self) -> None:
        self._cut = False
        self._flows.set()

    async def _listen(self) -> None:
        self._flows.set()
        self._server = await asyncio.start_server(self._serve, self.address, 0)
        self.port = self._server.sockets[0].getsockname()[1]

    async def _close(self) -> None:
        self._server.close()
        self._reset()
        waiting = asyncio.all_tasks() - {asyncio.current_task()}
        for one in waiting:
            one.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._live.add(writer)
        beyond = None
        try:
            await self._flows.wait()
            if self._cut:
                return
            back, beyond = await asyncio.open_connection("127.0.0.1", self.target)
            self._live.add(beyond)
            ways = [
                asyncio.create_task(self._pump(reader, beyond)),
                asyncio.create_task(self._pump(back, writer)),
            ]
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
            for one in ways:
                one.cancel()
            await asyncio.gather(*ways, return_exceptions=True)
        except OSError:
            pass  # nobody listens there just now: the caller is cut off too
        finally:
            for end in (writer, beyond):
                if end is not None:
                    self._live.discard(end)
                    end.transport.abort() if self._cut else end.close()

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(CHUNK):
            await self._flows.wait()
            writer.write(data)
            await writer.drain()
