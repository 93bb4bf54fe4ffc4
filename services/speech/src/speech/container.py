"""Reads the bytes of a file around its sound: removes tags, and finds out whether the file was cut off."""

import re
from collections.abc import Iterator

#: an ID3v2 tag may hold compressed pictures of a quarter of a gigabyte each, which FFmpeg unpacks into memory
_TAG = re.compile(rb"ID3[\x02-\x04]")
_TAG_HEAD = 10
_FOOTER = 0x10

_EBML, _SEGMENT, _CLUSTER = 0x1A45DFA3, 0x18538067, 0x1F43B675
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


def _elements(data: bytes) -> Iterator[int]:
    """Yields where each element of a webm ends: (RFC 8794) those of the file, of its segment and of its clusters.

    The walk stops where the bytes are no element any more, since a damaged file is not one that was cut.
    """
    place = 0
    while place < len(data):
        identity, place = _number(data, place, keep_marker=True)
        size, place = _number(data, place)
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


def _number(data: bytes, place: int, *, keep_marker: bool = False) -> tuple[int | None, int]:
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
