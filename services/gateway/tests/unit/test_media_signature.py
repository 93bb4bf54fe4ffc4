"""Tests signatures: a recording is accepted, a file that only claims to be one is not."""

from __future__ import annotations

import pytest

from gateway.edge.attempts.media_signature import media_type


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        ("1a45dfa39f4286810142f781", "audio/webm"),
        ("4f67675300020000000000000000", "audio/ogg"),
        ("0000001c667479704d344120", "audio/mp4"),
        ("00000020667479706d703432", "audio/mp4"),
        ("494433040000000000", "audio/mpeg"),
        ("fffb90640000000000000000", "audio/mpeg"),
        ("fff35064000000000000", "audio/mpeg"),
        ("fff15080021ffc", "audio/aac"),
        ("524946462408000057415645", "audio/wav"),
        ("664c614300000022", "audio/flac"),
        ("52463634ffffffff57415645", "audio/wav"),  # RF64
        ("42573634ffffffff57415645", "audio/wav"),  # BW64
        ("524946580000282457415645", "audio/wav"),  # RIFX, its bytes the other way round
        ("0000001866747970636d6663", "audio/mp4"),  # cmfc, a brand of streams
        ("00000008776964650000c8176d646174", "audio/mp4"),  # QuickTime without a brand
        ("726966662e91cf11a5d628db04c10000", "audio/wav"),  # Wave64
        ("464f524d00001234414946460000", "audio/aiff"),
        ("464f524d00001234414946430000", "audio/aiff"),
        ("6361666600010000", "audio/x-caf"),
        ("2321414d520a3c", "audio/amr"),
        ("2321414d522d57420a", "audio/amr-wb"),
        ("464f524d0000123438535658", None),  # FORM, but 8SVX
        ("", None),
        ("ff", None),
        ("00000018667479706176696600", None),  # avif: a picture in the same box
        ("0000001866747970686569630000", None),  # heic, another
        ("524946462408000041564920", None),  # RIFF, but AVI
        ("fffe680065006c006c006f00", None),  # UTF-16 text
        ("ffd8ffe000104a46494600", None),  # JPEG
        ("fffbf0640000", None),  # bit rate index 15 is forbidden
        ("3c68746d6c3e", None),
    ],
)
def test_a_recording_is_known_by_its_first_bytes(head: str, expected: str | None) -> None:
    assert media_type(bytes.fromhex(head)) == expected


FRAME = bytes.fromhex("fffb9064") + bytes(413)  # 128 kbit/s at 44.1 kHz


@pytest.mark.parametrize("junk", [bytes(2_000), b"\xff\xfe\xff junk \xff\xfb" * 50, FRAME[100:]])
def test_an_mp3_is_known_behind_what_a_recorder_left_before_it(junk: bytes) -> None:
    assert media_type(junk + FRAME * 3) == "audio/mpeg"


@pytest.mark.parametrize("junk", [bytes(2_000), b"\xff\xf1 junk \xff\xf9" * 50])
def test_a_bare_aac_is_known_behind_what_a_recorder_left_before_it(junk: bytes) -> None:
    frame = bytes.fromhex("fff15c402e7ffc") + bytes(364)
    assert media_type(junk + frame * 3) == "audio/aac"


def test_two_headers_where_one_frame_ends_are_an_accident() -> None:
    assert media_type(b"text " + FRAME * 2 + b"text" * 1000) is None
