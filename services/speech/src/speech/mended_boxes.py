"""Mends an MP4 in which bytes are missing or too many.

FFmpeg goes from box to box by their sizes, so a single byte that is missing before the index costs all of a recording,
and in a fragment all that follows it. What is missing is put back as zeros where the packets begin to lie wrongly.
"""

from __future__ import annotations

from speech.boxes import OUTER, Box, Packet, box_at, boxes, packets_of_fragment, packets_of_index
from speech.holes import put_back

#: damaged boxes of a file that are mended, and places at which the next may begin that are tried
MOST_MENDS, MOST_TRIES = 30, 2_000


def mended_boxes(data: bytes) -> tuple[bytes, frozenset[int], tuple[int, ...]]:
    """Returns a file that can be read on, the places of packets that are damaged, and places behind what is missing."""
    marred: set[int] = set()
    behind: list[int] = []
    place = 0
    before: Box | None = None
    for _ in range(MOST_MENDS):
        broken, before = _broken(data, place, before)
        if broken is None:
            break
        following = _following(data, broken)
        if following is None:
            break
        if broken.kind == b"mdat":
            data, place, holes = _filled(data, broken, following, before)
            marred |= holes
        else:  # a head that says where packets lie, or nothing: what it says is not to be believed
            data, place = _resized(data, broken, following, b"free"), following
        behind.append(place)
        if place >= len(data):
            break
    return data, frozenset(marred), tuple(behind)


def _broken(data: bytes, place: int, head: Box | None) -> tuple[Box | None, Box | None]:
    """Returns the first box from here on behind which no other box is, and the head of the fragment before it."""
    last: Box | None = None
    while place < len(data):
        box = box_at(data, place, len(data))
        if box is None or box.kind not in OUTER:
            return last, head
        if box.kind == b"moof":
            head = box if last is None or last.kind != b"moof" else head
        if box.end > len(data):
            return box, head
        last, place = box, box.end
    return None, head


def _following(data: bytes, broken: Box) -> int | None:
    """Returns where the next box begins; the end of the file for sound that nothing follows."""
    found: list[int] = []
    for kind in (b"moof", b"moov", b"mdat", b"free", b"styp", b"mfra", b"udta"):
        at = broken.inside
        for _ in range(MOST_TRIES):
            at = data.find(kind, at + 1, found[-1] if found else len(data))
            if at < 0:
                break
            if _goes_on(data, at - 4):
                found.append(at - 4)
                break
    if found:
        return min(found)
    return len(data) if broken.kind == b"mdat" and broken.end > len(data) else None


def _goes_on(data: bytes, place: int) -> bool:
    """Tells whether a box begins here behind which another is, or the end of the file, or which holds boxes."""
    box = box_at(data, place, len(data))
    if box is None:
        return False
    if box.end == len(data):
        return True
    if box.kind in (b"moof", b"moov"):
        first = box_at(data, box.inside, len(data))
        return first is not None and first.kind in (b"mfhd", b"mvhd")
    after = box_at(data, box.end, len(data))
    return after is not None and after.kind in OUTER


def _filled(data: bytes, broken: Box, following: int, head: Box | None) -> tuple[bytes, int, set[int]]:
    """Puts back what is missing of the sound, or takes out what is too much; returns where the next box begins then.

    If the packets say that the size is what is wrong, it alone is mended.
    """
    packets = _packets(data, broken, following, head)
    ends = max((packet.start + packet.size for packet in packets), default=0)
    filled = None if ends == following else put_back(data, packets, broken.end - following, following)
    if filled is not None:
        return filled[0], broken.end, filled[1]
    whole = following == len(data)
    return data if whole else _resized(data, broken, following, broken.kind), following, set()


def _packets(data: bytes, broken: Box, following: int, head: Box | None) -> list[Packet]:
    """Returns the packets of this box, by the head of its fragment or by the index, wherever that is."""
    if head is not None and head.end == broken.start:
        return packets_of_fragment(data, head)
    for start, end in ((0, broken.start), (following, len(data))):
        for box in boxes(data, start, end):
            if box.kind == b"moov":
                found = packets_of_index(data, box)
                return [one for one in found if broken.inside <= one.start < broken.end]
    return []


def _resized(data: bytes, box: Box, end: int, kind: bytes) -> bytes:
    """Returns the file with a box of this kind that ends there."""
    size = end - box.start
    if box.inside - box.start == 16:
        head = (1).to_bytes(4, "big") + kind + size.to_bytes(8, "big")
    else:
        head = size.to_bytes(4, "big") + kind
    return data[: box.start] + head + data[box.inside :]
