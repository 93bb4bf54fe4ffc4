"""Makes recordings that lie: each is a few bytes that ask for memory or time, or claim what they do not hold."""

import io
import struct
import zlib
from collections.abc import Iterator

import av
import numpy as np

from .sounds import sample

_MEBI = 1 << 20


def compressed_pictures(pictures: int = 8, each: int = 255 * _MEBI) -> bytes:
    """Makes an MP3 whose ID3v2.4 tag has compressed pictures of zeros, which unpack to a thousand times their size."""
    packed = zlib.compress(b"\0image/png\0\3\0" + bytes(each), 1)
    frame = b"APIC" + _syncsafe(len(packed) + 4) + b"\x00\x09" + _syncsafe(each) + packed
    return b"ID3\x04\x00\x00" + _syncsafe(len(frame) * pictures) + frame * pictures + sample("peter-piper.mp3")


def slow_flac(rate: int = 1, frames: int = 30, block: int = 65_535, channels: int = 1) -> bytes:
    """Makes a FLAC of constant frames at any rate: at 1 Hz each sample becomes 16,000."""
    facts = (
        struct.pack(">HH", block, block) + bytes(6) + (rate << 44 | channels - 1 << 41 | 15 << 36).to_bytes(8, "big")
    )
    parts = [b"fLaC\x80\x00\x00\x22", facts, bytes(16)]
    for number in range(frames):
        place = bytes([number]) if number < 128 else bytes([0xC0 | number >> 6, 0x80 | number & 0x3F])
        head = b"\xff\xf8" + bytes([0x70, (channels - 1) << 4 | 8]) + place + struct.pack(">H", block - 1)
        head += bytes([_crc(head, 8, 0x07)])
        body = head + (b"\x00" + struct.pack(">h", number % 100)) * channels
        parts.append(body + struct.pack(">H", _crc(body, 16, 0x8005)))
    return b"".join(parts)


def made_up_table(count: int = 1 << 26, size: int = 1) -> bytes:
    """Makes an MP4 whose sample table claims as many samples, of which the demuxer makes a list."""
    data = bytearray(sample("peter-piper.m4a"))
    struct.pack_into(">II", data, data.find(b"stsz") + 8, size, count)
    struct.pack_into(">II", data, data.find(b"stts") + 8, 1, count)
    struct.pack_into(">III", data, data.find(b"stsc") + 8, 1, 1, count)
    return bytes(data)


def tiny_packets(packets: int = 9_000_000, rate: float = 192_000.0, codec: bytes = b"A_PCM/INT/LIT") -> bytes:
    """Makes a webm of packets of one byte each, 256 to a block."""
    block = b"\xa3" + _size(261, 2) + b"\x81\x00\x00\x04\xff" + bytes(range(256))
    return webm(rate, codec, _element("1f43b675", _element("e7", b"\0") + block * 1000) * (packets // 256_000))


def cluster(milliseconds: int, packet: bytes) -> bytes:
    """Makes a cluster of one packet."""
    return _element(
        "1f43b675", _element("e7", milliseconds.to_bytes(4, "big")) + _element("a3", b"\x81\x00\x00\x80" + packet)
    )


def webm(rate: float, codec: bytes, clusters: bytes, channels: int = 1) -> bytes:
    """Makes a webm with one track of sound and these clusters."""
    sound = _element("b5", struct.pack(">d", rate)) + _element("9f", bytes([channels])) + _element("6264", b"\x08")
    track = b"".join(
        _element(*field) for field in [("d7", b"\1"), ("73c5", b"\1"), ("83", b"\2"), ("86", codec), ("e1", sound)]
    )
    head = _element("1a45dfa3", _element("4282", b"webm") + _element("4287", b"\2") + _element("4285", b"\2"))
    facts = _element("1549a966", _element("2ad7b1", b"\x0f\x42\x40")) + _element("1654ae6b", _element("ae", track))
    return head + b"\x18\x53\x80\x67\x01" + b"\xff" * 7 + facts + clusters


def lying() -> Iterator[tuple[str, bytes]]:
    """Yields more than a hundred recordings that lie, each with its name."""
    yield "compressed pictures", compressed_pictures()
    yield "compressed pictures inside an aac", encoded("adts", "aac") + compressed_pictures()[:-12_000]
    yield "compressed pictures in a wav", _chunk(encoded("wav", "pcm_s16le"), b"id3 ", compressed_pictures(2))
    yield "compressed pictures in an aiff", _chunk(encoded("aiff", "pcm_s16be"), b"ID3 ", compressed_pictures(2), ">")
    yield "tag longer than the file", b"ID3\x04\x00\x00\x7f\x7f\x7f\x7f" + sample("peter-piper.mp3")
    yield "a thousand tags", b"ID3\x04\x00\x00\x00\x00\x00\x00" * 1000 + sample("peter-piper.mp3")
    for rate in (0, 1, 7, 100, 3_999, 4_000, 192_000, 655_350, (1 << 20) - 1):
        for channels in (1, 8):
            yield f"flac of {channels} at {rate} Hz", slow_flac(rate, 200, channels=channels)
    for power in range(16, 32, 3):
        for size in (0, 1, 65_536, (1 << 31) - 1):
            yield f"table of 2^{power} samples of {size}", made_up_table((1 << power) - 1, size)
    for pace in (0.0, 1.0, 8_000.0, 192_000.0, 1e300, float("nan"), -1.0):
        for codec in (b"A_PCM/INT/LIT", b"A_OPUS", b"A_VORBIS", b"A_AAC", b"A_FLAC", b"A_MPEG/L3"):
            yield f"webm of tiny {codec.decode()} at {pace}", tiny_packets(1_024_000, pace, codec)
    yield "webm of nine million packets", tiny_packets()
    yield "webm of 255 channels", webm(48_000.0, b"A_PCM/INT/LIT", tiny_packets(256_000)[-270_000:], 255)
    for rate in (1, 100, 4_000, 48_000, 1 << 31, (1 << 32) - 1):
        for channels in (0, 1, 8, 255, 65_535):
            yield f"wav of {channels} at {rate}", _wav(rate, channels)
    yield "ten megabytes of empty pages", _page(b"") * 370_000
    yield "ten megabytes of aac heads", bytes.fromhex("fff15080010ffc") * 1_400_000
    yield "ten megabytes of mp3 heads", bytes.fromhex("fffb9064") * 2_500_000
    yield "mp4 of boxes in boxes", _boxes(10_000)
    yield "ten megabytes of zeros behind a wav head", _wav(192_000, 8, 10 * _MEBI)


#: containers and codecs of recordings that the tests can make themselves
FORMATS = (
    ("adts", "aac"),
    ("mp3", "libmp3lame"),
    ("ogg", "libopus"),
    ("webm", "libopus"),
    ("ipod", "aac"),
    ("ipod", "alac"),
    ("wav", "pcm_s24le"),
    ("wav", "pcm_mulaw"),
    ("w64", "pcm_s16le"),
    ("flac", "flac"),
    ("aiff", "pcm_s16be"),
    ("caf", "pcm_s16le"),
    ("caf", "alac"),
    ("amr", "libopencore_amrnb"),
)
#: numbers that a reader may take for a length, a count or a rate
_CLAIMS = (0, 1, 1 << 26, (1 << 31) - 1, (1 << 32) - 1)


def claiming(whole: bytes, step: int = 4) -> Iterator[bytes]:
    """Yields a recording with each word of its first and last kilobyte replaced by numbers that cannot be true."""
    for place in sorted(
        {*range(0, min(1024, len(whole) - 4), step), *range(max(0, len(whole) - 1024), len(whole) - 4, step)}
    ):
        for claim in _CLAIMS:
            yield whole[:place] + struct.pack(">I", claim) + whole[place + 4 :]


def encoded(form: str, codec: str, rate: int = 48_000, seconds: float = 2.0, channels: int = 1) -> bytes:
    """Encodes a tone in one or two channels."""
    rate = 8_000 if form == "amr" else rate  # which knows no other
    file = io.BytesIO()
    with av.open(file, "w", format=form) as container:
        layout = ("mono", "stereo")[channels - 1]
        stream = container.add_stream(codec, rate=rate, layout=layout)
        tone = (8_000 * np.sin(np.arange(round(rate * seconds)) * 2 * np.pi * 200 / rate)).astype(np.int16)
        frame = av.AudioFrame.from_ndarray(np.repeat(tone, channels)[None, :], format="s16", layout=layout)
        frame.sample_rate = rate
        assert isinstance(stream, av.AudioStream)
        for each in (frame, None):
            container.mux(stream.encode(each))
    return file.getvalue()


def mutated(whole: bytes, seed: int) -> bytes:
    """Changes a recording at random: bytes, holes, pieces twice or elsewhere, zeros, a cut. The same for each seed."""
    random = np.random.default_rng(seed)
    data = bytearray(whole)
    for _ in range(random.integers(1, 6)):
        place, length = int(random.integers(len(data))), int(random.integers(1, 400))
        match random.integers(7):
            case 0:
                data[place] = int(random.integers(256))
            case 1:
                data[place : place + 4] = random.bytes(4)
            case 2:
                del data[place : place + length]
            case 3:
                data[place:place] = random.bytes(length)
            case 4:
                data[place : place + length] = bytes(length)
            case 5:
                other = int(random.integers(len(data)))
                data[place:place] = data[other : other + length]
            case _:
                data[place : place + 4] = bytes([0xFF, 0xFF, 0xFF, 0xFF])
        if len(data) < 16:
            break
    return bytes(data[: int(random.integers(1, len(data)))] if random.random() < 0.1 and len(data) > 1 else data)


def _syncsafe(number: int) -> bytes:
    return bytes(number >> shift & 0x7F for shift in (21, 14, 7, 0))


def _size(number: int, length: int = 8) -> bytes:
    return (1 << 7 * length | number).to_bytes(length, "big")


def _element(identity: str, content: bytes) -> bytes:
    return bytes.fromhex(identity) + _size(len(content)) + content


def _chunk(file: bytes, name: bytes, content: bytes, order: str = "<") -> bytes:
    chunk = name + struct.pack(f"{order}I", len(content)) + content + bytes(len(content) % 2)
    return file[:4] + struct.pack(f"{order}I", len(file) - 8 + len(chunk)) + file[8:12] + chunk + file[12:]


def _wav(rate: int, channels: int, length: int = 200_000) -> bytes:
    form = struct.pack("<HHIIHH", 1, channels, rate, (rate * channels * 2) & 0xFFFFFFFF, channels * 2 & 0xFFFF, 16)
    return b"RIFF\xff\xff\xff\xffWAVEfmt \x10\0\0\0" + form + b"data\xff\xff\xff\xff" + bytes(length)


def _page(content: bytes) -> bytes:
    return b"OggS\0\2" + bytes(8) + b"\1\0\0\0" + bytes(8) + bytes([1, len(content)]) + content


def _boxes(depth: int) -> bytes:
    boxes = b""
    for _ in range(depth):
        boxes = struct.pack(">I", 8 + len(boxes)) + b"moov" + boxes if len(boxes) < _MEBI else boxes
    return struct.pack(">I", 20) + b"ftypM4A " + bytes(8) + boxes


def _crc(data: bytes, bits: int, polynomial: int) -> int:
    rest, top = 0, 1 << bits - 1
    for byte in data:
        rest ^= byte << bits - 8
        for _ in range(8):
            rest = ((rest << 1) ^ polynomial if rest & top else rest << 1) & ((1 << bits) - 1)
    return rest
