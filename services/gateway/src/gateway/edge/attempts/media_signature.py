"""Recognizes the media type of a recording by its first bytes, since a client may declare any name and type."""

from __future__ import annotations

from gateway.edge.upload import Taken

#: brands of ISO base media files that are pictures; every other may hold sound, and recorders use dozens
_PICTURE_BRANDS = (
    b"heic",
    b"heix",
    b"heim",
    b"heis",
    b"hevc",
    b"hevx",
    b"avif",
    b"avis",
    b"mif1",
    b"msf1",
    b"jp",
    b"jx",
)
#: boxes with which an MP4 or a QuickTime file without a brand begins (RFC 8216 segments have `styp`)
_BARE_BOXES = (b"moov", b"mdat", b"wide", b"free", b"skip", b"styp")
#: files that are known by what they begin with
_BEGINNINGS = (
    (b"\x1a\x45\xdf\xa3", "audio/webm"),
    (b"OggS", "audio/ogg"),
    (b"fLaC", "audio/flac"),
    (b"ID3", "audio/mpeg"),
    (b"caff\x00\x01", "audio/x-caf"),
    (b"#!AMR\n", "audio/amr"),
    (b"#!AMR-WB\n", "audio/amr-wb"),
    (bytes.fromhex("726966662e91cf11a5d628db04c10000"), "audio/wav"),  # Wave64
)
#: files that are known by what stands at byte 8
_FORMS = {(chunk, b"WAVE"): "audio/wav" for chunk in (b"RIFF", b"RIFX", b"RF64", b"BW64")} | {
    (b"FORM", form): "audio/aiff" for form in (b"AIFF", b"AIFC")
}
#: bytes of a file in which frames of MP3 or AAC are looked for, and the number of them that are no accident
HEAD, _FRAMES = 16 * 1024, 3
#: bytes of the longer of the two headers, that of ADTS
_HEADER = 7
#: kilobits per second of MPEG-1 and of MPEG-2 layer III, and samples per second of MPEG-1
_BIT_RATES = (
    (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
    (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
)
_RATES = (44_100, 48_000, 32_000)


def media_type(head: bytes) -> str | None:
    """Returns the media type by signature, or None for a format that is not supported.

    Signatures: EBML (RFC 8794), Ogg (RFC 3533), ISO base media (ISO/IEC 14496-12), ID3v2 and MPEG audio frame sync
    (ISO/IEC 11172-3), ADTS (ISO/IEC 13818-7), RIFF WAVE and RF64 (EBU Tech 3306), Wave64, AIFF and AIFF-C, CAF, AMR
    (RFC 4867), FLAC (RFC 9639). The first 16 bytes are enough, but for an MP3 or a bare AAC with something before its
    first frame: that is looked for in the first `HEAD` bytes.
    """
    for beginning, kind in _BEGINNINGS:
        if head.startswith(beginning):
            return kind
    if head[4:8] in _BARE_BOXES or (head[4:8] == b"ftyp" and not head[8:12].startswith(_PICTURE_BRANDS)):
        return "audio/mp4"
    return _FORMS.get((head[:4], head[8:12])) or _frame(head) or _late_frames(head)


def _frame(head: bytes) -> str | None:
    """Checks for the frame header of a bare stream: eleven set bits, then version, layer, bit and sampling rate."""
    if len(head) < 4 or head[0] != 0xFF or head[1] & 0xE0 != 0xE0:
        return None
    if head[1] & 0xF6 == 0xF0:  # twelve bits, layer 0
        sampling_index = (head[2] >> 2) & 0x0F
        return "audio/aac" if sampling_index <= 12 else None
    return "audio/mpeg" if _length(head) is not None else None


def _late_frames(head: bytes) -> str | None:
    """Looks for frames, each where the one before it ends: a recorder may leave zeros or other bytes first."""
    place = head.find(0xFF)
    while place >= 0:
        for kind, length_of in (("audio/mpeg", _length), ("audio/aac", _adts_length)):
            end = place
            for _ in range(_FRAMES):
                length = length_of(head[end : end + _HEADER])
                if length is None:
                    break
                end += length
            else:
                return kind
        place = head.find(0xFF, place + 1)
    return None


def _adts_length(header: bytes) -> int | None:
    """Returns the bytes of a frame of ADTS, or None if this is no header of one."""
    if len(header) < _HEADER or header[0] != 0xFF or header[1] & 0xF6 != 0xF0 or (header[2] >> 2) & 0x0F > 12:
        return None
    length = (header[3] & 3) << 11 | header[4] << 3 | header[5] >> 5
    return length if length > _HEADER else None


def _length(header: bytes) -> int | None:
    """Returns the bytes of a frame of MPEG layer III, or None if this is no header of one."""
    if len(header) < 4 or header[0] != 0xFF or header[1] & 0xE0 != 0xE0:
        return None
    version, layer = (header[1] >> 3) & 0x03, (header[1] >> 1) & 0x03
    bit_rate, sampling = header[2] >> 4, (header[2] >> 2) & 0x03
    if version == 1 or layer != 1 or bit_rate in (0, 15) or sampling == 3:
        return None
    second = version != 3
    rate = _RATES[sampling] >> (0 if not second else 1 if version == 2 else 2)
    return (72_000 if second else 144_000) * _BIT_RATES[second][bit_rate] // rate + ((header[2] >> 1) & 1)


#: the recordings that are taken
RECORDING = Taken(
    limit=10 * 1024 * 1024,
    head=HEAD,
    judge=media_type,
    refusal="is not a recording we know: send webm, ogg, m4a, mp4, aac, mp3, wav, flac, aiff, caf or amr",
)
