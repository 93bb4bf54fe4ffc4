"""Recognizes the media type of a recording by its first bytes, since a client may declare any name and type."""

from __future__ import annotations

#: brands of ISO base media files that hold sound (others are pictures, such as heic and avif)
_SOUND_BRANDS = (b"M4A", b"M4B", b"mp4", b"iso", b"dash", b"3gp", b"3g2", b"qt", b"mmp4", b"avc1", b"MSNV")


def media_type(head: bytes) -> str | None:
    """Returns the media type by signature, or None for a format that is not supported.

    Signatures: EBML (RFC 8794), Ogg (RFC 3533), ISO base media (ISO/IEC 14496-12), ID3v2 and MPEG audio frame sync
    (ISO/IEC 11172-3), ADTS (ISO/IEC 13818-7), RIFF WAVE, FLAC (RFC 9639). The first 12 bytes are enough.
    """
    if head.startswith(b"\x1a\x45\xdf\xa3"):
        return "audio/webm"
    if head.startswith(b"OggS"):
        return "audio/ogg"
    if head[4:8] == b"ftyp" and head[8:12].startswith(_SOUND_BRANDS):
        return "audio/mp4"
    if head.startswith(b"fLaC"):
        return "audio/flac"
    if head.startswith(b"RIFF") and head[8:12] == b"WAVE":
        return "audio/wav"
    if head.startswith(b"ID3"):
        return "audio/mpeg"
    return _frame(head)


def _frame(head: bytes) -> str | None:
    """Checks for the frame header of a bare stream: eleven set bits, then version, layer, bit and sampling rate."""
    if len(head) < 4 or head[0] != 0xFF or head[1] & 0xE0 != 0xE0:
        return None
    if head[1] & 0xF6 == 0xF0:  # twelve bits, layer 0
        sampling_index = (head[2] >> 2) & 0x0F
        return "audio/aac" if sampling_index <= 12 else None
    version, layer = (head[1] >> 3) & 0x03, (head[1] >> 1) & 0x03
    bit_rate, sampling = head[2] >> 4, (head[2] >> 2) & 0x03
    reserved = version == 1 or bit_rate in (0, 15) or sampling == 3
    return "audio/mpeg" if layer == 1 and not reserved else None
