"""Reads the bytes of a file around its sound: removes tags, and finds out whether the file was cut off."""

import re
from collections.abc import Iterator
from itertools import islice

#: an ID3v2 tag may hold compressed pictures of a quarter of a gigabyte each, which FFmpeg unpacks into memory
_TAG = re.compile(rb"ID3[\x02-\x04]")
_TAG_HEAD = 10
_FOOTER = 0x10

#: how a WAV begins, and the least length that stands for none
_WAV, _WAVE, _NO_LENGTH = re.compile(rb"RIFF....WAVE", re.DOTALL), b"RIFF....WAVE", 0x7FFF0000

_EBML, _SEGMENT, _CLUSTER = 0x1A45DFA3, 0x18538067, 0x1F43B675
#: where a frame of ADTS may begin, the bytes of its head, and how many places are tried
_ADTS, _ADTS_HEAD, _TRIES = re.compile(rb"\xff[\xf0\xf1\xf8\xf9]"), 7, 20_000
_OGG_HEAD = 27
#: bytes of the longest page of Ogg
_OGG_PAGE = _OGG_HEAD + 255 + 255 * 255


def without_tags(data: bytes) -> bytes:
    """Returns the file without its leading ID3v2 tags, and with every other one made unreadable.

    A tag that claims to be longer than the file loses its head alone.
    """
    start = 0
    while _TAG.match(data, start) and len(data) >= start + _TAG_HEAD:
        size = 0
        for byte in data[start + 6 : start + _TAG_HEAD]:
            size = size << 7 | byte & 0x7F
        end = start + _TAG_HEAD + size + (_TAG_HEAD if data[start + 5] & _FOOTER else 0)
        start = end if end < len(data) else start + _TAG_HEAD
    rest = data[start:] if start else data
    return _TAG.sub(bytes(4), rest) if _TAG.search(rest) else rest


def with_length(data: bytes) -> bytes:
    """Returns a WAV whose header claims all of its sound, where it claims none of it, or only the first of several.

    Recorders that write to a pipe, or that are ended early, leave the length out (0, or the largest number); programs
    put the pieces of a recorder one behind the other, each with its head: heads alike are sound of a millisecond then.
    """
    place = len(_WAVE)
    while _WAV.match(data) and place + 8 <= len(data):
        kind, size = data[place : place + 4], int.from_bytes(data[place + 4 : place + 8], "little")
        begins = place + 8
        if kind == b"data":
            whole = len(data) - begins
            joined = data[begins + size : begins + size + begins - 4].startswith(data[:4])
            alike = joined and data[begins + size + 8 : begins + size + begins - 4] == data[8 : begins - 4]
            if whole and (size == 0 or size >= _NO_LENGTH or alike):
                return data[: place + 4] + whole.to_bytes(4, "little") + data[begins:]
            break
        place = begins + size + size % 2
    return data


def holes(aac: bytes) -> list[tuple[int, int]]:
    """Returns the places of a bare AAC (ADTS) at which there are other bytes than frames, each with their number.

    A place is counted as FFmpeg counts those of packets: without the bytes of holes before it. The search ends after
    so many tries, since a file may be made of nothing but beginnings of frames.
    """
    found: list[tuple[int, int]] = []
    place = skipped = 0
    for _ in range(_TRIES):
        length = _adts_length(aac, place)
        if length is not None:
            place += length
            continue
        after = _next_adts(aac, place + 1)
        if after is None:
            break
        if place:  # what is before the first frame is no hole
            found.append((place - skipped, after - place))
        skipped += after - place
        place = after
    return found


def _next_adts(aac: bytes, place: int) -> int | None:
    beginnings = (beginning.start() for beginning in islice(_ADTS.finditer(aac, place), _TRIES))
    return next((each for each in beginnings if _adts_length(aac, each) is not None), None)


def _adts_length(aac: bytes, place: int) -> int | None:
    """Returns the bytes of the frame that begins here (ISO/IEC 13818-7, 6.2) with another behind it, or at the end."""
    length = _one_adts_length(aac, place)
    ends = length is not None and (place + length >= len(aac) or _one_adts_length(aac, place + length) is not None)
    return length if ends else None


def _one_adts_length(aac: bytes, place: int) -> int | None:
    head = aac[place : place + _ADTS_HEAD]
    if len(head) < _ADTS_HEAD or not _ADTS.match(head):
        return None
    length = (head[3] & 3) << 11 | head[4] << 3 | head[5] >> 5
    return length if length > _ADTS_HEAD else None


def ends_early(data: bytes) -> bool:
    """Tells whether the last element of a webm, or the last page of an Ogg, is longer than what is left of the file."""
    if data.startswith(b"OggS"):
        last = data.rfind(b"OggS", max(0, len(data) - _OGG_PAGE))
        page = data[last:]
        if len(page) < _OGG_HEAD or len(page) < _OGG_HEAD + page[26]:
            return True
        return len(page) < _OGG_HEAD + page[26] + sum(page[_OGG_HEAD : _OGG_HEAD + page[26]])
    if data.startswith(_EBML.to_bytes(4, "big")):
        return any(end > len(data) for end in _elements(data))
    return False


def lacks_index(data: bytes) -> bool:
    """Tells whether an MP4 ends before the box that says where its sound is (ISO/IEC 14496-12), or within it.

    Recorders write it last. Without it nobody can tell where a frame begins, nor how it is coded.
    """
    place = 0
    while place + 8 <= len(data):
        size, kind = int.from_bytes(data[place : place + 4], "big"), data[place + 4 : place + 8]
        if size == 1:
            size = int.from_bytes(data[place + 8 : place + 16], "big")
        if kind == b"moov":
            return place + size > len(data)
        if size < 8:
            break
        place += size
    return data[4:8] == b"ftyp"


def _elements(data: bytes) -> Iterator[int]:
    """Yields where each element of a webm ends: (RFC 8794) those of the file, of its segment and of its clusters.

    The walk stops where the bytes are no element any more, since a damaged file is not one that was cut.
    """
    place = 0
    while place < len(data):
        identity, place = number(data, place, keep_marker=True)
        size, place = number(data, place)
        if identity is None or size is None:
            return
        if identity in (_SEGMENT, _CLUSTER):
            if size >= 0:
                yield place + size
            continue
        if size < 0:
            return
        place += size
        yield place


def number(data: bytes, place: int, *, keep_marker: bool = False) -> tuple[int | None, int]:
    """Reads a number whose first byte tells its length; -1 stands for an unknown size, None for what is no number."""
    if place >= len(data) or data[place] == 0:
        return None, place
    length = 9 - data[place].bit_length()
    value = int.from_bytes(data[place : place + length], "big")
    if not keep_marker:
        value ^= 1 << 7 * length
        if value == (1 << 7 * length) - 1:
            value = -1
    return value, place + length
