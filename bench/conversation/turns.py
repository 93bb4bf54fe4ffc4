"""Takes turns of a conversation as a client does, and notes when each piece of the answer has come."""

from __future__ import annotations

import asyncio
import json
import time
from dataclasses import dataclass, field
from itertools import count, pairwise

_KEYS = count()
#: the chunk that ends a body
_LAST = b"\r\n0\r\n\r\n"


@dataclass(frozen=True, slots=True)
class Side:
    """Says how one side is asked. `mark` begins a token in its stream, `end` ends the stream."""

    name: str
    port: int
    pid: int
    path: str
    mark: bytes
    end: bytes

    def request(self, key: str) -> bytes:
        """Returns one request."""
        message = "Our users leave at the address form. What would you look at first?"
        asked: dict[str, object] = {"message": message, "apiKey": key, "stream": True}
        headers = ""
        if self.name == "direct":
            headers = f"Authorization: Bearer {key}\r\n"
            asked = {
                "model": "gpt-6-luna",
                "messages": [{"role": "user", "content": message}],
                "max_completion_tokens": 300,
                "reasoning_effort": "none",
                "stream": True,
                "stream_options": {"include_usage": True},
            }
        body = json.dumps(asked).encode()
        head = f"POST {self.path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n{headers}"
        return f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body


@dataclass(slots=True)
class Answer:
    """Holds milliseconds from the request to each read that brought tokens, with how many it brought."""

    reads: list[tuple[float, int]] = field(default_factory=list)

    @property
    def first(self) -> float:
        """Returns milliseconds to the first token."""
        return self.reads[0][0]

    @property
    def alone(self) -> int:
        """Returns how many tokens came by themselves."""
        return sum(1 for _, tokens in self.reads if tokens == 1)

    @property
    def tokens(self) -> int:
        """Returns how many there were."""
        return sum(tokens for _, tokens in self.reads)

    @property
    def gaps(self) -> list[float]:
        """Returns milliseconds between two reads."""
        at = [each for each, _ in self.reads]
        return [later - earlier for earlier, later in pairwise(at)]


def new_key() -> str:
    """Returns a key that nobody has used."""
    return f"sk-bench-{next(_KEYS):012d}"


class Conversation:
    """Holds one client's connection, which stays open from turn to turn as that of a page or an app does."""

    def __init__(self, side: Side, key: str | None = None) -> None:
        """Takes the client's key; None: a new one each time."""
        self._side = side
        self._key = key
        self._open: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def turn(self) -> Answer:
        """Takes one turn. Raises RuntimeError where the answer is no stream that ends as it should."""
        if self._open is None:
            self._open = await asyncio.open_connection("127.0.0.1", self._side.port)
        reader, writer = self._open
        answer, read, seen = Answer(), b"", 0
        began = time.perf_counter()
        writer.write(self._side.request(self._key or new_key()))
        while not read.endswith(_LAST):
            piece = await reader.read(65_536)
            if not piece:
                break
            read += piece
            tokens = read.count(self._side.mark)
            if tokens > seen:
                answer.reads.append((1000 * (time.perf_counter() - began), tokens - seen))
            seen = tokens
        if b" 200 " not in read[:16] or self._side.end not in read or not answer.reads:
            raise RuntimeError(f"{self._side.name} answered: {read[:300].decode('latin-1')}")
        return answer

    async def aclose(self) -> None:
        """Closes the connection."""
        if self._open is not None:
            self._open[1].close()
