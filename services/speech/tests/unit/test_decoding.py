"""Tests that decoding makes 16 kHz mono of whatever format and whatever is left of a file, or one of two errors."""

import math
import struct

import numpy as np
import pytest

from speech.audio import RATE, RecordingTooLong, RecordingUndecodable, Samples
from speech.container import holes, lacks_index
from speech.decoding import decode
from speech.timeline import mono

from .hostile import FORMATS, cluster, encoded, webm
from .sounds import at_level, noise, sample, wav


@pytest.mark.parametrize("ending", ["webm", "m4a", "mp3"])
def test_one_reading_is_as_long_in_every_format(ending: str) -> None:
    assert decode(sample(f"peter-piper.{ending}")).samples.size / RATE == pytest.approx(2.93, abs=0.15)


def test_wav_comes_out_as_it_went_in() -> None:
    samples = noise(1, -20)
    assert np.array_equal(decode(wav(samples)).samples, samples)


PLAYLIST = b"#EXTM3U\n#EXT-X-TARGETDURATION:3\n#EXTINF:3,\nfile:///etc/hostname\n#EXT-X-ENDLIST\n"


@pytest.mark.parametrize(
    "data",
    [
        b"",
        bytes(5_000),
        np.random.default_rng(1).bytes(5_000),
        sample("peter-piper.m4a")[:6_000],  # whose index stands at its end
        sample("peter-piper.webm")[:60],
        wav(noise(1, -20))[:44],
        PLAYLIST,
    ],
    ids=["empty", "zeros", "random", "half an m4a", "start of a webm", "wav without sound", "playlist"],
)
def test_what_is_no_recording_is_undecodable(data: bytes) -> None:
    with pytest.raises(RecordingUndecodable):
        decode(data)


def test_a_webm_cut_off_is_decoded_up_to_there() -> None:
    whole = sample("peter-piper.webm")
    assert 0 < decode(whole[: len(whole) // 2]).samples.size < decode(whole).samples.size


def test_the_cap_holds_while_decoding() -> None:
    assert decode(wav(noise(30.3, -30))).samples.size == 30.3 * RATE
    with pytest.raises(RecordingTooLong):
        decode(wav(noise(31, -30)))
    with pytest.raises(RecordingTooLong):
        decode(sample("peter-piper.webm"), max_seconds=2)


@pytest.mark.parametrize(("form", "codec"), FORMATS)
def test_every_format_is_decoded_whole_and_without_gaps(form: str, codec: str) -> None:
    recording = decode(encoded(form, codec))
    assert recording.samples.size / RATE == pytest.approx(2, abs=0.06)
    assert recording.gaps == ()


@pytest.mark.parametrize("length", [0, 0x7FFFFFFF, 0xFFFFFFFF])
def test_a_wav_that_does_not_know_its_length_is_whole(length: int) -> None:
    whole = wav(noise(1, -20))
    at = whole.index(b"data") + 4
    recording = decode(whole[:at] + length.to_bytes(4, "little") + whole[at + 4 :])
    assert (recording.samples.size, recording.gaps) == (RATE, ())


def test_wavs_one_behind_the_other_are_one_recording() -> None:
    recording = decode(wav(noise(1, -20)) * 3)
    assert recording.samples.size / RATE == pytest.approx(3, abs=0.01)
    assert recording.gaps == ()


def test_what_stands_behind_the_sound_of_a_wav_is_no_sound() -> None:
    whole = wav(noise(1, -20))
    assert decode(whole + b"LIST" + (400).to_bytes(4, "little") + bytes(400)).samples.size == RATE


def test_a_wav_of_a_telephone_exchange_is_decoded() -> None:
    form = struct.pack("<HHIIHHHH", 0x31, 1, 8_000, 1_625, 65, 0, 2, 320)  # GSM 06.10, in blocks of 40 ms
    sound = bytes(65 * 50)
    chunks = b"fmt " + struct.pack("<I", len(form)) + form + b"data" + struct.pack("<I", len(sound)) + sound
    exchange = b"RIFF" + struct.pack("<I", len(chunks) + 4) + b"WAVE" + chunks
    assert decode(exchange).samples.size / RATE == pytest.approx(2, abs=0.05)


@pytest.mark.parametrize(
    "form",
    [
        ("adts", "aac"),
        ("ogg", "libopus"),
        ("webm", "libopus"),
        ("wav", "pcm_s16le"),
        ("flac", "flac"),
        ("aiff", "pcm_s16be"),
        ("caf", "pcm_s16le"),
        ("mp3", "libmp3lame"),
    ],
)
def test_a_recording_that_was_cut_off_is_decoded_up_to_there(form: tuple[str, str]) -> None:
    whole = encoded(*form)
    recording = decode(whole[: len(whole) * 6 // 10 + 3])
    assert recording.samples.size / RATE == pytest.approx(1.2, abs=0.3 if form[0] != "ogg" else 1.0)
    start, end = recording.gaps[-1]
    assert start == pytest.approx(recording.samples.size / RATE, abs=0.12)
    assert end == math.inf


@pytest.mark.parametrize("name", ["peter-piper.m4a", "peter-piper.mp3"])
def test_a_damaged_packet_costs_itself(name: str) -> None:
    whole = sample(name)
    damaged = bytearray(whole)
    damaged[len(whole) * 6 // 10] ^= 0x55
    recording = decode(bytes(damaged))
    assert recording.samples.size == pytest.approx(decode(whole).samples.size, abs=0.06 * RATE)
    [(start, end)] = recording.gaps
    assert 1 < start < end < 2.5


@pytest.mark.parametrize(("form", "codec"), [("adts", "aac"), ("mp3", "libmp3lame")])
@pytest.mark.parametrize("seconds", [0.2, 0.8])
@pytest.mark.parametrize("fill", [bytes(20_000), np.random.default_rng(1).bytes(20_000)], ids=["zeros", "noise"])
def test_a_hole_of_a_bare_stream_is_as_long_as_what_was_there(
    form: str, codec: str, seconds: float, fill: bytes
) -> None:
    whole = encoded(form, codec)
    first, size = len(whole) // 4, round(len(whole) * seconds / 2)
    recording = decode(whole[:first] + fill[:size] + whole[first + size :])
    assert recording.samples.size / RATE == pytest.approx(2, abs=0.15)
    assert recording.gaps[0][0] == pytest.approx(0.5, abs=0.1)
    assert recording.gaps[-1][1] == pytest.approx(0.5 + seconds, abs=0.15)


def test_a_picture_between_frames_is_no_hole() -> None:
    whole = encoded("adts", "aac")
    half = whole.index(b"\xff\xf1", len(whole) // 2)
    assert decode(whole[:half] + bytes(200_000) + whole[half:]).samples.size / RATE == pytest.approx(2, abs=0.1)


def test_of_beginnings_of_frames_alone_not_all_are_tried() -> None:
    assert holes(b"\xff\xf1" * 5_000_000) == []


def test_an_mp4_without_its_index_is_known() -> None:
    whole = encoded("mp4", "aac")
    moov = whole.index(b"moov")
    assert not lacks_index(whole) and not lacks_index(sample("peter-piper.m4a"))
    assert [lacks_index(whole[:end]) for end in (moov - 4, moov + 20, len(whole) - 1)] == [True, True, True]
    assert not any(map(lacks_index, (b"", b"ftyp", bytes(64), sample("peter-piper.webm"))))


def test_a_stream_may_change_its_rate_and_its_channels() -> None:
    parts = [encoded("adts", "aac", rate, channels=channels) for rate, channels in ((16_000, 1), (48_000, 2))]
    recording = decode(b"".join(parts))
    assert recording.samples.size / RATE == pytest.approx(4, abs=0.3)
    assert loudness(recording.samples[: 2 * RATE]) == pytest.approx(loudness(recording.samples[2 * RATE :]), rel=0.1)


def test_time_in_which_nothing_plays_is_silence() -> None:
    recording = decode(webm(16_000.0, b"A_PCM/INT/LIT", spoken(0) + spoken(4_000)))
    assert recording.samples.size == 5 * RATE
    assert list(recording.gaps) == [(1, 4)]
    assert not recording.samples[RATE : 4 * RATE].any()
    assert loudness(recording.samples[4 * RATE :]) == loudness(recording.samples[:RATE])


def test_sound_that_breaks_off_and_comes_back_at_once_is_missing() -> None:
    voice = noise(1, -20)
    voice[4_000:6_000] = 0
    voice[9_000:9_100] = 0  # too short to lose anything
    assert decode(wav(voice)).gaps == ((0.25, 0.375),)


def test_sound_that_fades_into_silence_is_whole() -> None:
    voice = noise(1, -20) * np.repeat([1.0, 0.0, 1.0], [4_000, 8_000, 4_000])
    ramp = np.concatenate([np.ones(3_000), np.linspace(1, 0, 1_000), np.zeros(8_000), np.linspace(0, 1, 1_000)])
    assert decode(wav((voice * np.pad(ramp, (0, 3_000), constant_values=1)).astype(np.int16))).gaps == ()


def test_a_timestamp_beyond_what_is_permitted_is_not_believed() -> None:
    recording = decode(webm(16_000.0, b"A_PCM/INT/LIT", spoken(0) + spoken(3_600_000)))
    assert recording.samples.size == 2 * RATE
    assert list(recording.gaps) == [(1, 1)]


@pytest.mark.parametrize(
    ("left", "right"),
    [(1, -1), (1, 0), (0, 1), (1, 1)],
    ids=["opposite phase", "dead right", "dead left", "both"],
)
def test_two_channels_are_as_loud_as_one(left: int, right: int) -> None:
    voice = noise(1, -20)
    assert loudness(decode(wav(np.stack([voice * left, voice * right]))).samples) == loudness(voice)


def test_what_is_loud_below_the_voice_does_not_win() -> None:
    voice = noise(1, -30)
    low = at_level(np.sin(np.arange(RATE) * 2 * np.pi * 50 / RATE), -10)
    assert np.array_equal(mono(np.stack([voice, low, -voice, -low])), voice)


@pytest.mark.parametrize("junk", [bytes(2_000), b"junk that a recorder left here" * 20])
def test_junk_before_the_first_frame_is_skipped(junk: bytes) -> None:
    whole = sample("peter-piper.mp3")
    assert decode(junk + whole).samples.size == pytest.approx(decode(whole).samples.size, abs=0.7 * RATE)


def loudness(samples: Samples) -> float:
    return round(float(np.sqrt((samples.astype(np.float64) ** 2).mean())))


def spoken(milliseconds: int) -> bytes:
    """Makes a cluster of webm with a second of noise at a time."""
    return cluster(milliseconds, (noise(1, -20) // 256 + 128).astype(np.uint8).tobytes())


def test_eight_channels_are_decoded() -> None:
    voice = noise(1, -20)
    assert np.array_equal(decode(wav(np.stack([voice] * 8))).samples, voice)
