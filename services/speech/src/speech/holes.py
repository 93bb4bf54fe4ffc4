"""Finds where bytes are missing among packets whose places are known, and puts zeros there.

Behind the place every packet lies so many bytes before where it should. Packets of one encoder begin alike.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import accumulate

from speech.boxes import Packet

#: bytes that are compared: those that more than this part has alike, without their last bit
HEAD, MOSTLY, _ALIKE = 8, 0.6, 0xFE
#: packets behind a hole, and the part of them that must lie as far off as bytes are missing
LEAST_BEHIND, PART_BEHIND = 2, 0.5


def put_back(data: bytes, packets: Sequence[Packet], missing: int, end: int) -> tuple[bytes, set[int]] | None:
    """Returns the data with zeros in place of the missing bytes, and the places of packets that are torn.

    If `missing` is negative there are too many bytes, which are taken out. The packets lie before `end`, as they were
    made. Returns None if no place is found.
    """
    at = _moved(data, packets, missing, end)
    if at is None:
        return None
    hole = packets[at].start
    if missing > 0:
        data = data[: hole - missing] + bytes(missing) + data[hole - missing :]
    else:
        data = data[:hole] + data[hole - missing :]
    torn = {packet.start for packet in packets[max(at - 1, 0) : at]}
    return data, torn | {one.start for one in packets if hole - max(missing, 0) < one.start + one.size <= hole}


def _moved(data: bytes, packets: Sequence[Packet], missing: int, end: int) -> int | None:
    """Returns the first packet that lies so many bytes before the place at which it should; None if none does.

    It is the last for which most packets before it lie right, and most from it on do not.
    """
    if not packets or not missing:
        return None
    begins = packets[0].start
    as_they_are = [_head(data, one.start, end) for one in packets]
    moved = [_head(data, one.start - missing, end) if begins <= one.start - missing else b"" for one in packets]
    usual = _usual(as_they_are + moved, len(packets))
    right = list(accumulate((_likeness(one, usual) for one in as_they_are), initial=0.0))
    wrong = list(accumulate((_likeness(one, usual) for one in reversed(moved)), initial=0.0))[::-1]
    at = max(range(len(packets), -1, -1), key=lambda number: right[number] + wrong[number])
    behind = len(packets) - at
    if behind < LEAST_BEHIND or wrong[at] < PART_BEHIND * behind or packets[at].start - missing < begins:
        return None
    return at


def _head(data: bytes, place: int, end: int) -> bytes:
    return data[place : place + HEAD] if place < end else b""


def _usual(heads: Sequence[bytes], packets: int) -> list[tuple[int, int, float]]:
    """Returns which bytes most packets have alike, each with its place and its weight; all weights are 1 together.

    Each packet is among the heads once as it lies and once as it may lie: one of the two is none.
    """
    found: list[tuple[int, int, float]] = []
    for place in range(HEAD):
        values = Counter(head[place] & _ALIKE for head in heads if len(head) > place)
        value, times = values.most_common(1)[0] if values else (0, 0)
        if times > MOSTLY * packets:
            found.append((place, value, times / packets))
    whole = sum(weight for _, _, weight in found)
    return [(place, value, weight / whole) for place, value, weight in found]


def _likeness(head: bytes, usual: Sequence[tuple[int, int, float]]) -> float:
    return sum(weight for place, value, weight in usual if len(head) > place and head[place] & _ALIKE == value)
