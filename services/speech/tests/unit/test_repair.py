"""Tests that one damaged place of an Ogg or a webm costs no more than itself."""

import math

import numpy as np
import pytest

from speech.audio import RATE
from speech.decoding import decode
from speech.repair import MOST_FILLED, mend

from .hostile import encoded
from .sounds import sample

OGG, WEBM = encoded("ogg", "libopus", seconds=3), encoded("webm", "libopus", seconds=3)


def damaged(whole: bytes, size: int, fill: bytes = b"") -> bytes:
    """Exchanges so many bytes in the middle for others, or leaves them out."""
    return whole[: len(whole) // 2] + fill + whole[len(whole) // 2 + size :]


@pytest.mark.parametrize("whole", [OGG, WEBM, sample("peter-piper.webm"), sample("peter-piper.m4a"), b"", b"OggS"])
def test_what_is_whole_or_something_else_stays_as_it_is(whole: bytes) -> None:
    found = mend(whole)
    assert (found.data or whole, found.marred, found.behind_gaps) == (whole, frozenset(), ())


@pytest.mark.parametrize("fill", [bytes(300), np.random.default_rng(2).bytes(300), b""], ids=["zeros", "noise", "gone"])
def test_a_webm_goes_on_behind_what_is_damaged(fill: bytes) -> None:
    recording = decode(damaged(WEBM, 300, fill))
    assert recording.samples.size / RATE == pytest.approx(3, abs=0.1)
    start, end = recording.gaps[0]
    assert 1.3 < start < end < 1.7


def test_one_wrong_bit_costs_no_page_of_an_ogg() -> None:
    wrong = bytearray(OGG)
    wrong[len(wrong) // 2] ^= 1
    recording = decode(bytes(wrong))
    assert recording.samples.size / RATE == pytest.approx(3, abs=0.05)
    [(start, end)] = recording.gaps
    assert 0.9 < start < 1.5 < end < 2.1
    middle = recording.samples[round(1.1 * RATE) : round(1.4 * RATE)]
    assert np.abs(middle.astype(np.int32)).mean() > 100


def test_noise_in_an_ogg_is_not_longer_than_what_was_there() -> None:
    noisy = damaged(OGG, 2_000, np.random.default_rng(3).bytes(2_000))
    assert decode(noisy).samples.size / RATE == pytest.approx(3, abs=0.4)


def test_an_ogg_that_was_cut_within_a_page_is_read_up_to_there() -> None:
    recording = decode(OGG[: len(OGG) * 6 // 10])
    assert recording.samples.size / RATE == pytest.approx(1.8, abs=0.25)
    assert recording.gaps[-1][1] == math.inf


def test_files_that_lie_about_their_frame_are_not_walked_for_long() -> None:
    for lie in (b"OggS" * 500_000, WEBM[:400] + b"\xa3\x81" * 500_000, WEBM[:400] + b"\x1f\x43\xb6\x75" * 200_000):
        mend(lie)


def test_only_so_many_damaged_pages_are_looked_at() -> None:
    packet = bytes(range(8, 28))
    torn = b"OggS" + bytes(22) + bytes([6]) + bytes([len(packet)] * 6) + packet[:-1] + packet * 5
    mended = mend(torn * (MOST_FILLED + 7) + b"OggS")
    assert len(mended.marred) == MOST_FILLED
    assert len(mended.behind_gaps) == 7 + 1, "the rest are gaps, and so is what follows them"
