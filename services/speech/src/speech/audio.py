"""Decodes recordings of any browser or phone (the only importer of PyAV)."""

import io
from itertools import chain
from typing import TypeAlias

import av
import numpy as np
from numpy.typing import NDArray

#: Samples per second of everything behind `decode`: what both engines and the aligner were trained on.
RATE = 16_000

#: Seconds by which a codec's priming and padding may lengthen a recording of exactly the permitted length.
CODEC_PADDING = 0.1

# A recording comes from a stranger. Without this list FFmpeg would also open playlists, which name files to read.
DEMUXERS = "matroska,webm,ogg,mov,mp4,m4a,aac,mp3,wav,flac"

#: Mono samples at `RATE`.
Samples: TypeAlias = NDArray[np.int16]


class RecordingTooLong(Exception):
    """Says that the recording is longer than permitted."""


class RecordingUndecodable(Exception):
    """Says that the bytes are no recording that can be decoded."""


def decode(data: bytes, *, max_seconds: float = 30.0) -> Samples:
    """Decodes webm, ogg, m4a, aac, mp3, wav or flac to mono int16 at 16 kHz.

    The length is measured while decoding, since MediaRecorder's webm names none and other files may name a wrong one.
    Raises `RecordingTooLong` and `RecordingUndecodable`.
    """
    try:
        samples = _decode(data, limit=round((max_seconds + CODEC_PADDING) * RATE))
    except (av.FFmpegError, ValueError) as error:
        raise RecordingUndecodable(f"not a readable recording: {error}") from error
    if samples is None:
        raise RecordingTooLong(f"the recording is longer than {max_seconds:g} seconds")
    if not samples.size:
        raise RecordingUndecodable("the recording holds no sound")
    return samples


def _decode(data: bytes, limit: int) -> Samples | None:
    """Returns the samples, or None if there are more than `limit`."""
    parts: list[Samples] = []
    total = 0
    with av.open(io.BytesIO(data), "r", metadata_errors="ignore", options={"format_whitelist": DEMUXERS}) as container:
        if not container.streams.audio:
            return np.empty(0, np.int16)
        resampler = av.AudioResampler(format="s16", layout="mono", rate=RATE)
        for frame in chain(container.decode(container.streams.audio[0]), [None]):
            for part in resampler.resample(frame):
                parts.append(part.to_ndarray().reshape(-1).astype(np.int16, copy=False))
                total += parts[-1].size
            if total > limit:
                return None
    return np.concatenate(parts) if parts else np.empty(0, np.int16)
