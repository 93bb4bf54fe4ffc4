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
        ("", None),
        ("ff", None),
        ("00000018667479706176696600", None),  # avif: a picture in the same box
        ("524946462408000041564920", None),  # RIFF, but AVI
        ("fffe680065006c006c006f00", None),  # UTF-16 text
        ("ffd8ffe000104a46494600", None),  # JPEG
        ("fffbf0640000", None),  # bit rate index 15 is forbidden
        ("3c68746d6c3e", None),
    ],
)
def test_a_recording_is_known_by_its_first_bytes(head: str, expected: str | None) -> None:
    assert media_type(bytes.fromhex(head)) == expected
