"""Mends the frame of a damaged recording, so that one damaged place does not cost all that follows it.

FFmpeg leaves out a page of Ogg with one wrong bit, which may be a second, and reads a webm no further than the first
byte that is no element until the next cluster, if there is one. An MP4 is mended by `mended_boxes`, sound without a
codec by `samples`.
"""

import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

from speech.boxes import Packet
from speech.caf import mended_caf
from speech.container import number
from speech.holes import put_back
from speech.mended_boxes import mended_boxes
from speech.samples import with_samples_in_place

#: pages or elements of a file that are looked at; a recording of 30 s has 3,000
MOST = 20_000
#: damaged pages that are looked at: thirty seconds have 750 with two packets of a fiftieth each, which are the fewest
MOST_FILLED = 1_000

_PAGE, _HEAD, _LACING = b"OggS", 27, 255
#: the flag of the last page
_LAST = 4
_REVERSED = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))

_EBML, _CLUSTER, _SEGMENT, _BLOCK, _VOID = 0x1A45DFA3, 0x1F43B675, 0x18538067, 0xA3, 0xEC
#: elements of a webm on the levels of file, segment and cluster (RFC 9559)
_INSIDE = (0xA0, 0xBF, 0xE7, 0xA7, 0xAB, 0x5854, 0x114D9B74, 0x1549A966, 0x1654AE6B)
_APART = (0x1C53BB6B, 0x1254C367, 0x1043A770, 0x1941A469)
_ELEMENTS = frozenset((_EBML, _SEGMENT, _CLUSTER, _BLOCK, _VOID, *_INSIDE, *_APART))
_OPENED = (_SEGMENT, _CLUSTER)
#: how an MP4 begins
_BOXES = (b"ftyp", b"styp", b"moov", b"mdat", b"wide", b"free", b"skip")
#: how files begin whose sound has no codec
_PLAIN = (b"RIFF", b"RF64", b"BW64", b"FORM")
#: how a CAF begins, whose sound has a codec or none
_CAF = b"caff"
#: how a block or a cluster may begin
_ONWARD = re.compile(rb"\xa3|\x1f\x43\xb6\x75")


@dataclass(frozen=True)
class Mended:
    """Holds a file that can be read on, the places of what is damaged, and those behind what is missing."""

    data: bytes
    marred: frozenset[int] = frozenset()
    behind_gaps: tuple[int, ...] = ()


def mend(data: bytes) -> Mended:
    """Returns a file whose frame is whole again; any other file, and one that is sound, as it is."""
    if data.startswith(_PAGE):
        return _mended_ogg(data)
    if data.startswith(_EBML.to_bytes(4, "big")):
        return _mended_webm(data)
    if data[4:8] in _BOXES:
        return Mended(*mended_boxes(data))
    if data.startswith(_CAF) and (coded := mended_caf(data)) is not None:
        return Mended(*coded)
    if data[:4] in (*_PLAIN, _CAF):
        plain, behind = with_samples_in_place(data)
        return Mended(plain, behind_gaps=() if behind is None else (behind,))
    return Mended(data)


def _mended_ogg(data: bytes) -> Mended:
    pages, marred, behind_gaps = list[bytes](), set[int](), list[int]()
    place = size = plays = 0
    left = MOST_FILLED
    for _ in range(MOST):
        begins = data.find(_PAGE, place)
        if begins < 0:
            return Mended(data) if not pages else Mended(b"".join(pages), frozenset(marred), tuple(behind_gaps))
        if begins > place:
            behind_gaps.append(size)
        page, end, damaged = _page(data, begins, plays, may_fill=left > 0)
        left -= damaged
        if page is None:
            behind_gaps.append(size)
        else:
            if behind_gaps and behind_gaps[-1] == size:  # FFmpeg reckons anew when a page plays, but not for the last
                page = page[:5] + bytes([page[5] & ~_LAST]) + page[6:]
            if damaged:
                marred.add(size)
            pages.append(page[:22] + _sum(page) + page[26:])
            size += len(page)
            plays = _plays_until(page)
        place = end
    return Mended(data)


def _page(data: bytes, begins: int, plays: int, *, may_fill: bool) -> tuple[bytes | None, int, bool]:
    """Returns the page that begins here, where the next may begin, and whether its sound is damaged.

    The page is None where nothing of it can be read; `plays` is until when the page before does. `may_fill`: one that
    lacks bytes may be looked at.
    """
    page, next_ = _whole_page(data, begins), data.find(_PAGE, begins + 1)
    if page is not None and (begins + len(page) in (next_, len(data)) or _sum(page) == page[22:26]):
        return page, begins + len(page), _sum(page) != page[22:26]
    if next_ < 0:
        return _cut_page(data, begins, plays), begins + len(_PAGE), False
    return _filled_page(data, begins, next_) if may_fill else None, next_, True


def _plays_until(page: bytes) -> int:
    return int.from_bytes(page[6:14], "little")


def _filled_page(data: bytes, begins: int, next_: int) -> bytes | None:
    """Returns a page of whose sound bytes are missing, or that has too many, with as many as it says."""
    page = data[begins:next_]  # alone: a hostile file has 20,000 of them
    segments = data[begins + _HEAD : begins + _HEAD + data[begins + 26]]
    packets, at = list[Packet](), _HEAD + len(segments)
    for length, full in _lacing(segments):
        if full:
            packets.append(Packet(at, length))
        at += length
    filled = put_back(page, packets, at - len(page), len(page))
    return filled[0] if filled else None


def _lacing(segments: bytes) -> Iterator[tuple[int, bool]]:
    """Yields how long each packet of a page is, and whether it ends in it."""
    length = 0
    for segment in segments:
        length += segment
        if segment < _LACING:
            yield length, True
            length = 0
    if length:
        yield length, False


def _whole_page(data: bytes, begins: int) -> bytes | None:
    """Returns the page that begins here; None if the file ends before it does."""
    if begins + _HEAD > len(data):
        return None
    segments = data[begins + _HEAD : begins + _HEAD + data[begins + 26]]
    end = begins + _HEAD + len(segments) + sum(segments)
    return data[begins:end] if len(segments) == data[begins + 26] and end <= len(data) else None


def _cut_page(data: bytes, begins: int, plays: int) -> bytes | None:
    """Returns what is left of the last page: its packets that are whole, which play from where the page before ends."""
    if begins + _HEAD > len(data):
        return None
    segments = data[begins + _HEAD : begins + _HEAD + data[begins + 26]]
    left, kept, fitting = len(data) - begins - _HEAD - len(segments), 0, 0
    for count, length in enumerate(segments, start=1):
        fitting += length
        if fitting > left:
            break
        if length < _LACING:
            kept = count
    if not kept:
        return None
    sound = data[begins + _HEAD + len(segments) :][: sum(segments[:kept])]
    packets, all_packets = (sum(length < _LACING for length in some) for some in (segments[:kept], segments))
    until = plays + max(_plays_until(data[begins:]) - plays, 0) * packets // all_packets
    head = data[begins : begins + 6] + until.to_bytes(8, "little") + data[begins + 14 : begins + 26]
    return head + bytes([kept]) + segments[:kept] + sound


def _sum(page: bytes) -> bytes:
    """Returns the checksum of a page (RFC 3533, 6), whose bits run the other way than those of `zlib`."""
    turned = (page[:22] + bytes(4) + page[26:]).translate(_REVERSED)
    return (zlib.crc32(turned, 0xFFFFFFFF) ^ 0xFFFFFFFF).to_bytes(4, "big").translate(_REVERSED)


def _mended_webm(data: bytes) -> Mended:
    mended, behind_gaps, sizes = bytearray(data), list[int](), list[tuple[int, int]]()
    place = last = 0
    for _ in range(MOST):
        if place >= len(data):
            break
        identity, end, sized = _element(data, place)
        if identity is not None and end <= len(data):
            if identity in _OPENED:
                sizes.append(sized)
            last, place = place, end
            continue
        from_, onward = _onward(data, last, place)
        if onward is None:
            break
        mended[from_:onward] = _void(onward - from_)
        behind_gaps.append(onward)
        last = place = onward
    else:
        return Mended(data)
    if not behind_gaps:
        return Mended(data)
    for start, stop in sizes:  # what is opened ends where the next begins
        mended[start:stop] = ((2 << 7 * (stop - start)) - 1).to_bytes(stop - start, "big")
    return Mended(bytes(mended), behind_gaps=tuple(behind_gaps))


def _element(data: bytes, place: int) -> tuple[int | None, int, tuple[int, int]]:
    """Returns an element's kind (None: it is none), where it ends, and where its size stands.

    One that is opened ends where what it holds begins.
    """
    identity, at = number(data, place, keep_marker=True)
    if identity not in _ELEMENTS:
        return None, place, (place, place)
    size, begins = number(data, at)
    if size is None or (size < 0 and identity not in _OPENED):
        return None, place, (place, place)
    return identity, begins if identity in _OPENED else begins + size, (at, begins)


def _onward(data: bytes, last: int, place: int) -> tuple[int, int | None]:
    """Returns from where on a webm is damaged, and where it goes on: the last element's size may be what is wrong."""
    for onward in _places(data, last + 5):
        if onward < place:
            return last, onward
        if onward >= place + 2:
            return place, onward
    return place, None


def _places(data: bytes, start: int) -> Iterator[int]:
    """Yields places at which a cluster begins, or a block that another element follows."""
    for tries, found in enumerate(_ONWARD.finditer(data, start)):
        if tries >= MOST:
            return
        at = found.start()
        identity, end, (_, begins) = _element(data, at)
        followed = identity == _BLOCK and begins + 4 < end <= len(data) and _is_followed(data, begins, end)
        if identity == _CLUSTER or followed:
            yield at


def _is_followed(data: bytes, begins: int, end: int) -> bool:
    """Tells whether a block is of a track that may be, and an element or nothing is behind it."""
    return data[begins : begins + 1] in _TRACKS and (end == len(data) or _element(data, end)[0] is not None)


_TRACKS = tuple(bytes([0x80 | track]) for track in range(1, 9))


def _void(length: int) -> bytes:
    """Returns an element of this length that says nothing."""
    if length < 9:
        return bytes([_VOID, 0x80 | length - 2]) + bytes(length - 2)
    return bytes([_VOID, 1]) + (length - 9).to_bytes(7, "big") + bytes(length - 9)
