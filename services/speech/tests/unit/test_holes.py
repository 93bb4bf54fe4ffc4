"""Tests that bytes that are missing from a recording, or too many, cost no more than their own place."""

import io
import math
import wave
from collections.abc import Callable, Mapping
from functools import cache

import av
import numpy as np
import pytest

from speech.audio import RATE
from speech.caf import lacks_table
from speech.decoding import decode
from speech.repair import mend

from .hostile import encoded
from .sounds import sample

SECONDS = 4.0
FRAGMENTS = {"movflags": "empty_moov+default_base_moof", "frag_duration": "500000"}


def speech_like(rate: int) -> np.ndarray:
    """Makes a tone that another follows each half second, so that a place tells its time."""
    time = np.arange(round(rate * SECONDS)) / rate
    return (8_000 * np.sin(2 * np.pi * np.cumsum(300 + 100 * (time // 0.5)) / rate)).astype(np.int16)


def made(form: str, codec: str, rate: int = 48_000, options: Mapping[str, str] | None = None) -> bytes:
    file = io.BytesIO()
    with av.open(file, "w", format=form, options=dict(options or {})) as container:
        stream = container.add_stream(codec, rate=rate, layout="mono")
        frame = av.AudioFrame.from_ndarray(speech_like(rate)[None, :], format="s16", layout="mono")
        frame.sample_rate = rate
        assert isinstance(stream, av.AudioStream)
        resampler = av.AudioResampler(stream.format, "mono", rate, frame_size=stream.frame_size or 1_024)
        for part in [*resampler.resample(frame), *resampler.resample(None)]:
            container.mux(stream.encode(part))
        container.mux(stream.encode(None))
    return file.getvalue()


def of_24_bits() -> bytes:
    """Makes a WAV whose lowest bits are noise, as those of a microphone are."""
    noise = np.random.default_rng(4).integers(0, 256, round(48_000 * SECONDS))
    samples = (speech_like(48_000).astype(np.int32) << 8 | noise).astype("<i4").view(np.uint8).reshape(-1, 4)[:, :3]
    file = io.BytesIO()
    with wave.open(file, "wb") as sound:
        sound.setparams((1, 3, 48_000, 0, "NONE", ""))
        sound.writeframes(samples.tobytes())
    return file.getvalue()


#: how each form is made
MADE: Mapping[str, Callable[[], bytes]] = {
    "m4a": lambda: made("ipod", "aac"),
    "m4a of ALAC": lambda: made("ipod", "alac", 44_100),
    "mov": lambda: made("mov", "aac"),
    "mp4 in fragments": lambda: made("mp4", "aac", options=FRAGMENTS),
    "ogg": lambda: made("ogg", "libopus"),
    "wav": lambda: made("wav", "pcm_s16le"),
    "wav of 24 bits": of_24_bits,
    "rf64": lambda: made("wav", "pcm_s16le", options={"rf64": "always"}),
    "aiff": lambda: made("aiff", "pcm_s16be", 44_100),
    "flac": lambda: made("flac", "flac"),
    "caf": lambda: made("caf", "pcm_s16le"),
    "caf of ALAC": lambda: made("caf", "alac", 44_100),
}


@cache
def whole_of(name: str) -> bytes:
    """Returns a recording that is whole; the first call makes it."""
    return MADE[name]()


def heard(samples: np.ndarray, start: float) -> float:
    """Returns the pitch a moment behind the start."""
    part = samples[round((start + 0.1) * RATE) : round((start + 0.4) * RATE)].astype(float)
    if part.size < 1_000:
        return 0.0
    return float(np.abs(np.fft.rfft(part * np.hanning(part.size))).argmax() * RATE / part.size)


def right_places(data: bytes) -> list[bool]:
    """Tells of each half second whether it plays when it did."""
    samples = decode(data).samples
    return [abs(heard(samples, half / 2) - 300 - 100 * half) < 15 for half in range(8)]


@pytest.mark.parametrize("size", [1, 7, 301])
@pytest.mark.parametrize("name", MADE)
def test_what_lies_behind_missing_bytes_plays_when_it_did(name: str, size: int) -> None:
    whole = whole_of(name)
    assert all(right_places(whole)), "the whole one is heard"
    at = len(whole) * 9 // 16
    right = right_places(whole[:at] + whole[at + size :])
    assert right.count(False) <= (2 if name == "ogg" else 1)
    assert right[-2:] == [True, True]


@pytest.mark.parametrize("name", ["m4a", "m4a of ALAC", "mov", "mp4 in fragments", "ogg", "caf of ALAC"])
def test_bytes_too_many_are_taken_out(name: str) -> None:
    whole = whole_of(name)
    at = len(whole) * 9 // 16
    right = right_places(whole[:at] + np.random.default_rng(5).bytes(50) + whole[at:])
    assert right.count(False) <= 1
    assert right[-2:] == [True, True]


@pytest.mark.parametrize("name", MADE)
def test_a_hole_is_a_gap(name: str) -> None:
    whole = whole_of(name)
    at = len(whole) * 9 // 16
    gaps = decode(whole[:at] + whole[at + 301 :]).gaps
    assert any(1.0 < start < 3.2 and end < math.inf for start, end in gaps)


@pytest.mark.parametrize("name", MADE)
def test_what_is_whole_stays_as_it_is(name: str) -> None:
    found = mend(whole_of(name))
    assert (found.data == whole_of(name), found.marred, found.behind_gaps) == (True, frozenset(), ())


@pytest.mark.parametrize("name", ["wav", "wav of 24 bits", "rf64", "aiff", "caf", "caf of ALAC"])
def test_samples_that_were_cut_off_are_not_looked_for(name: str) -> None:
    cut = whole_of(name)[: len(whole_of(name)) * 3 // 4 - 1]
    assert mend(cut).data == cut


def test_a_caf_whose_table_of_packets_was_cut_off_is_known_as_that() -> None:
    whole = whole_of("caf of ALAC")
    table = whole.rfind(b"pakt")
    assert [lacks_table(whole[:end]) for end in (len(whole) // 2, table + 4, len(whole) - 1)] == [True] * 3
    assert not any(map(lacks_table, (whole, whole[:50], whole_of("caf"), whole_of("caf")[:-1])))


def test_a_caf_that_was_cut_behind_its_table_of_packets_plays_up_to_there() -> None:
    whole = whole_of("caf of ALAC")
    sound, table = whole.find(b"data"), whole.rfind(b"pakt")
    before = whole[:sound] + whole[table:] + whole[sound:table]
    assert all(right_places(before))
    recording = decode(before[: len(before) * 9 // 16])
    assert recording.samples.size / RATE == pytest.approx(2.3, abs=0.2)
    assert recording.gaps[-1][1] == math.inf


def test_a_size_that_is_wrong_alone_moves_no_sound() -> None:
    whole = whole_of("m4a")
    at = whole.find(b"mdat") - 1
    lies = whole[:at] + bytes([whole[at] ^ 0x10]) + whole[at + 1 :]
    assert all(right_places(lies))


def test_a_fragment_whose_head_is_damaged_costs_itself() -> None:
    whole = whole_of("mp4 in fragments")
    at = [place for place in range(len(whole)) if whole.startswith(b"moof", place)][1] + 30
    right = right_places(whole[:at] + whole[at + 5 :])
    assert right[-2:] == [True, True]


def test_a_wrong_bit_in_the_first_page_of_an_ogg_costs_no_page() -> None:
    wrong = bytearray(whole_of("ogg"))
    wrong[len(wrong) // 8] ^= 1
    assert right_places(bytes(wrong)).count(False) <= 1


def test_what_is_left_of_a_cut_page_plays_when_it_did() -> None:
    cut = whole_of("ogg")[: len(whole_of("ogg")) * 11 // 16]
    right = right_places(cut)
    assert right[:5] == [True] * 5
    assert decode(cut).samples.size / RATE == pytest.approx(2.75, abs=0.2)


def test_files_that_lie_about_their_boxes_are_not_walked_for_long() -> None:
    head = sample("peter-piper.m4a")[:40]
    for lie in (b"moof", b"\0\0\0\x08mdat", b"\0\0\0\x10moof\0\0\0\x08mfhd", b"\0\0\0\0moov"):
        mend(head + lie * 100_000)
    caf = whole_of("caf of ALAC")[:174]
    for lie in (
        b"pakt",
        b"pakt\0\0\0\0\0\0\0\x20",
        b"free\0\0\0\0\0\0\0\0",
        b"data" + bytes(7) + b"\x40" + b"\x80" * 64,
    ):
        mend(caf + lie * 100_000)
    table = b"pakt" + (200_024).to_bytes(8, "big") + bytes(24)
    for endless in (b"\xff", b"\x80", b"\x01"):
        mend(caf + b"data" + (999).to_bytes(8, "big") + bytes(64) + table + endless * 200_000)
    mend(encoded("wav", "pcm_s16le")[:44] + b"\0" * 999_999)


def test_a_frame_that_a_flac_has_lost_leaves_its_time() -> None:
    whole = whole_of("flac")
    with av.open(io.BytesIO(whole), "r") as file:
        frames = [packet for packet in file.demux(file.streams.audio[0]) if packet.size]
    lost = frames[len(frames) // 2]
    assert lost.pos is not None
    assert lost.pts is not None
    recording = decode(whole[: lost.pos] + whole[lost.pos + lost.size :])
    assert recording.samples.size / RATE == pytest.approx(SECONDS, abs=0.01)
    [gap] = recording.gaps
    begins = lost.pts / 48_000
    assert gap == pytest.approx((begins, begins + 4_608 / 48_000), abs=0.01)
    assert all(right_places(whole[: lost.pos] + whole[lost.pos + lost.size :]))


def test_a_wrong_bit_in_a_flac_is_a_gap_and_moves_nothing() -> None:
    for at in range(len(whole_of("flac")) // 4, len(whole_of("flac")) - 5_000, 5_003):  # FFmpeg loses the last frames
        wrong = bytearray(whole_of("flac"))
        wrong[at] ^= 4
        recording = decode(bytes(wrong))
        assert recording.gaps
        assert recording.samples.size / RATE == pytest.approx(SECONDS, abs=0.01)
