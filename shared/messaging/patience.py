"""A server that closes connections on which nothing is asked: whoever sends a head byte by byte holds up nobody."""

import asyncio
from typing import Final

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

WITHIN: Final = 10.0


class ImpatientProtocol(H11Protocol):
    """HTTP/1.1 as uvicorn speaks it, but every head must be whole within ten seconds of its beginning."""

    _due: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as uvicorn has it
        """Wait for the first head."""
        super().connection_made(transport)
        self._wait()

    def data_received(self, data: bytes) -> None:
        """Wait for no head that is whole, and for one that has begun."""
        super().data_received(data)
        if self.conn.their_state is h11.IDLE:
            self._wait()
        else:
            self._wait_no_more()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait for nothing any more."""
        self._wait_no_more()
        super().connection_lost(exc)

    def _wait(self) -> None:
        self._due = self._due or self.loop.call_later(WITHIN, self.transport.close)

    def _wait_no_more(self) -> None:
        if self._due:
            self._due.cancel()
            self._due = None
