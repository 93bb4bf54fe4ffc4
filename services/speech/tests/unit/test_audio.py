"""Tests that decoding makes 16 kHz mono of whatever format, or one of two errors."""

import numpy as np
import pytest

from speech.audio import RATE, RecordingTooLong, RecordingUndecodable, decode

from .sounds import noise, sample, wav


@pytest.mark.parametrize("ending", ["webm", "m4a", "mp3"])
def test_one_reading_is_as_long_in_every_format(ending: str) -> None:
    assert decode(sample(f"peter-piper.{ending}")).size / RATE == pytest.approx(2.93, abs=0.15)


def test_wav_comes_out_as_it_went_in() -> None:
    samples = noise(1, -20)
    assert np.array_equal(decode(wav(samples)), samples)


PLAYLIST = b"#EXTM3U\n#EXT-X-TARGETDURATION:3\n#EXTINF:3,\nfile:///etc/hostname\n#EXT-X-ENDLIST\n"


@pytest.mark.parametrize(
    "data",
    [
        b"",
        bytes(5_000),
        np.random.default_rng(1).bytes(5_000),
        sample("peter-piper.m4a")[:6_000],
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
    assert 0 < decode(whole[: len(whole) // 2]).size < decode(whole).size


def test_the_cap_holds_while_decoding() -> None:
    assert decode(wav(noise(30, -30))).size == 30 * RATE
    with pytest.raises(RecordingTooLong):
        decode(wav(noise(31, -30)))
    with pytest.raises(RecordingTooLong):
        decode(sample("peter-piper.webm"), max_seconds=2)
