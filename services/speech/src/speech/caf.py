"""Mends a CAF (Apple Core Audio Format) in which bytes of coded sound are missing or too many.

Its packets are told by a table behind the sound, which FFmpeg looks for where the sound says that it ends.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from speech.boxes import MOST_PACKETS, Packet
from speech.holes import put_back

_MAGIC, _HEAD = 8, 12
#: bytes before the sound in its chunk, which count edits
EDITS = 4
#: kinds of chunk that lie between the sound and its table or behind that
_KINDS = frozenset(b"chan data desc edct free info kuki mark midi ovvw pakt peak regn strg umid uuid".split())
#: bytes of a table of packets before its numbers, the bits of each byte of one, and the most chunks that are looked at
_TABLE_HEAD, _BITS, _MORE, MOST = 24, 7, 0x80, 200


@dataclass(frozen=True)
class Chunk:
    """Holds what a chunk is, where it begins, where what it holds begins, and where it says that it ends."""

    kind: bytes
    start: int
    inside: int
    end: int


def mended_caf(data: bytes) -> tuple[bytes, frozenset[int], tuple[int, ...]] | None:
    """Returns a file that can be read on, the places of packets that are damaged, and the place behind the sound.

    None stands for one that need not be mended, or cannot be. How many bytes are missing is known from the sound's size
    and from where its table of packets is.
    """
    found = list(chunks(data))
    sound = next((one for one in found if one.kind == b"data"), None)
    if sound is None or not _packets_vary(data, found) or any(one.start >= sound.end for one in found):
        return None
    table = _table(data, sound.inside)
    if table is None:
        return None
    packets = _packets(data, table, sound.inside + EDITS, _constant(data, found))
    filled = put_back(data, packets, sound.end - table.start, table.start)
    if filled is not None:
        return filled[0], frozenset(filled[1]), (sound.end,)
    size = (table.start - sound.inside).to_bytes(8, "big")
    return data[: sound.start + 4] + size + data[sound.inside :], frozenset(), (table.start,)


def chunks(data: bytes) -> Iterator[Chunk]:
    """Yields the chunks, one behind the other, as far as they are some."""
    place = _MAGIC
    for _ in range(MOST):
        chunk = _chunk(data, place)
        if chunk is None:
            return
        yield chunk
        place = chunk.end


def lacks_table(data: bytes) -> bool:
    """Tells whether a CAF ends before the table without which nobody knows where a packet begins."""
    found = list(chunks(data)) if data.startswith(b"caff") else []
    sound = next((one for one in found if one.kind == b"data"), None)
    tables = [one for one in found if one.kind == b"pakt"]
    if sound is None or not _packets_vary(data, found):
        return False
    return tables[0].end > len(data) if tables else _table(data, sound.inside) is None


def _packets_vary(data: bytes, found: Sequence[Chunk]) -> bool:
    return _constant(data, found)[0] == 0


def _chunk(data: bytes, place: int) -> Chunk | None:
    kind, size = data[place : place + 4], int.from_bytes(data[place + 4 : place + _HEAD], "big", signed=True)
    if place + _HEAD > len(data) or kind not in _KINDS or size < 0:
        return None
    return Chunk(kind, place, place + _HEAD, place + _HEAD + size)


def _constant(data: bytes, found: Sequence[Chunk]) -> tuple[int, int]:
    """Returns how many bytes and how many frames each packet has, 0 where that differs; (1, 1) if nothing tells."""
    for one in found:
        if one.kind == b"desc" and one.end - one.inside >= 32:
            frames = one.inside + 20
            return int.from_bytes(data[frames - 4 : frames], "big"), int.from_bytes(data[frames : frames + 4], "big")
    return 1, 1


def _table(data: bytes, start: int) -> Chunk | None:
    """Returns the table of packets, behind which the file ends, or goes on with other chunks."""
    at = len(data)
    for _ in range(MOST):
        at = data.rfind(b"pakt", start, at)
        if at < 0:
            return None
        table = _chunk(data, at)
        goes_on = table is not None and (table.end == len(data) or _chunk(data, table.end) is not None)
        if table is not None and goes_on and table.end - table.inside > _TABLE_HEAD:
            return table
    return None


def _packets(data: bytes, table: Chunk, start: int, constant: tuple[int, int]) -> list[Packet]:
    """Returns the packets that the table names: of each its bytes, and behind them its frames where they differ."""
    found: list[Packet] = []
    number, columns, column = 0, 1 if constant[1] else 2, 0
    for byte in data[table.inside + _TABLE_HEAD : min(table.end, table.inside + _TABLE_HEAD + 8 * MOST_PACKETS)]:
        number = number << _BITS | byte & ~_MORE & 0xFF
        if number > len(data):
            return []
        if byte & _MORE:
            continue
        if column == 0:
            found.append(Packet(start, number))
            start += number
        number, column = 0, (column + 1) % columns
    return found[:MOST_PACKETS]
