"""Reads the boxes of an MP4 (ISO/IEC 14496-12), and where its packets of sound lie."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

#: boxes on the level of the file
OUTER = frozenset(b"ftyp styp moov moof mdat free skip wide udta uuid sidx ssix mfra pdin emsg prft meta".split())
#: packets that are looked at: 30 s have 3,000 of 10 ms, of two tracks twice as many
MOST_PACKETS = 20_000
_HEAD = 8


@dataclass(frozen=True)
class Box:
    """Holds where a box begins, where what it holds begins, and where it says that it ends."""

    kind: bytes
    start: int
    inside: int
    end: int


@dataclass(frozen=True)
class Packet:
    """Holds where a packet of sound lies in the file as it was made."""

    start: int
    size: int


def box_at(data: bytes, place: int, end: int) -> Box | None:
    """Returns the box that begins here, which may say that it ends behind `end`; None if there is none."""
    if place < 0 or place + _HEAD > end:
        return None
    size, kind, inside = int.from_bytes(data[place : place + 4], "big"), data[place + 4 : place + 8], place + _HEAD
    if size == 1:
        size, inside = int.from_bytes(data[place + 8 : place + 16], "big"), place + 16
    elif size == 0:
        size = end - place
    return Box(kind, place, inside, place + size) if place + size >= inside else None


def boxes(data: bytes, start: int, end: int) -> Iterator[Box]:
    """Yields the boxes between two places, each at most as long as there is room."""
    while (box := box_at(data, start, end)) is not None:
        yield Box(box.kind, box.start, box.inside, min(box.end, end))
        start = box.end


def packets_of_index(data: bytes, index: Box) -> list[Packet]:
    """Returns the packets that an index (`moov`) names: of the first track of sound."""
    for track in _inner(data, index, b"trak"):
        for media in _inner(data, track, b"mdia"):
            kinds = [data[head.inside + 8 : head.inside + 12] for head in _inner(data, media, b"hdlr")]
            if kinds == [b"soun"]:
                tables = {
                    table.kind: table
                    for information in _inner(data, media, b"minf")
                    for all_tables in _inner(data, information, b"stbl")
                    for table in boxes(data, all_tables.inside, all_tables.end)
                }
                return _packets_of_tables(data, tables)
    return []


def _packets_of_tables(data: bytes, tables: dict[bytes, Box]) -> list[Packet]:
    places = tables.get(b"stco") or tables.get(b"co64")
    if places is None or b"stsz" not in tables or b"stsc" not in tables:
        return []
    starts = _numbers(data, places.inside + 8, places.end, 4 if places.kind == b"stco" else 8, 1)
    runs = _numbers(data, tables[b"stsc"].inside + 8, tables[b"stsc"].end, 4, 3)
    sizes = _sizes(data, tables[b"stsz"])
    found: list[Packet] = []
    each = run = 0
    for chunk, (start,) in enumerate(starts, start=1):
        while run < len(runs) and runs[run][0] <= chunk:
            each, run = runs[run][1], run + 1
        for _ in range(min(each, MOST_PACKETS)):
            if len(found) >= min(len(sizes), MOST_PACKETS):
                return found
            found.append(Packet(start, sizes[len(found)]))
            start += found[-1].size
    return found


def _sizes(data: bytes, table: Box) -> list[int]:
    same, count = (int.from_bytes(data[place : place + 4], "big") for place in (table.inside + 4, table.inside + 8))
    if same:
        return [same] * min(count, MOST_PACKETS)
    return [size for (size,) in _numbers(data, table.inside + 12, table.end, 4, 1)]


def _numbers(data: bytes, start: int, end: int, width: int, columns: int) -> list[list[int]]:
    """Returns the rows of a table, whose numbers all have as many bytes."""
    row = width * columns
    rows = min((end - start) // row, MOST_PACKETS)
    return [
        [int.from_bytes(data[at : at + width], "big") for at in range(begins, begins + row, width)]
        for begins in range(start, start + rows * row, row)
    ]


def packets_of_fragment(data: bytes, fragment: Box) -> list[Packet]:
    """Returns the packets that the head of a fragment (`moof`) names, if they are placed from it."""
    found: list[Packet] = []
    for track in _inner(data, fragment, b"traf"):
        usual = 0
        for box in boxes(data, track.inside, track.end):
            flags = int.from_bytes(data[box.inside + 1 : box.inside + 4], "big")
            if box.kind == b"tfhd":
                if flags & 0x1:
                    return []
                before = 4 * bool(flags & 0x2) + 4 * bool(flags & 0x8)
                usual = _number(data, box.inside + 8 + before) if flags & 0x10 else 0
            elif box.kind == b"trun" and flags & 0x1:
                found += _run(data, box, flags, fragment.start, usual)
    return found[:MOST_PACKETS]


def _run(data: bytes, box: Box, flags: int, base: int, usual: int) -> list[Packet]:
    count, start = _number(data, box.inside + 4), base + _number(data, box.inside + 8)
    at = box.inside + 12 + 4 * bool(flags & 0x4)
    fields = [flag for flag in (0x100, 0x200, 0x400, 0x800) if flags & flag]
    found: list[Packet] = []
    for _ in range(min(count, MOST_PACKETS)):
        if at + 4 * len(fields) > box.end:
            break
        size = _number(data, at + 4 * fields.index(0x200)) if 0x200 in fields else usual
        found.append(Packet(start, size))
        start, at = start + size, at + 4 * len(fields)
    return found


def _number(data: bytes, place: int) -> int:
    return int.from_bytes(data[place : place + 4], "big")


def _inner(data: bytes, outer: Box, kind: bytes) -> Iterator[Box]:
    return (box for box in boxes(data, outer.inside, outer.end) if box.kind == kind)
