"""Lays decoded pieces of sound one after another as they play, and makes one channel of several."""

import math
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from speech.audio import RATE, Gap, Recording, RecordingTooLong, Samples

#: Samples of each channel at `RATE`.
Channels: TypeAlias = NDArray[np.int16]

#: Seconds of silence that a recorder leaves out by itself: Opus sends one packet in 0.4 s of it (DTX).
LEFT_OUT = 0.45

#: Seconds of exact zeros from which on sound is missing, if it breaks off before them or begins behind them at once:
#: within `AT_ONCE` seconds, at this share of the level of the whole. Headsets and overloaded devices drop it so; a
#: voice, a room and a gate that closes fade.
DROPPED, AT_ONCE, LOUD = 0.02, 0.001, 0.3

#: The mean of the channels is taken unless it has less of this share of the voice than the best channel alone. Two
#: microphones that hear different noise keep 0.71 of it, one of which is dead 0.5, two in opposite phase nothing.
CANCELLED = 0.6
_VOICE = (200, 4000)


@dataclass
class Timeline:
    """Holds what has been laid so far. Lengths and places are in seconds; `longest` is the most it may hold."""

    longest: float
    pieces: list[Channels] = field(default_factory=list)
    gaps: list[Gap] = field(default_factory=list)
    _total: int = 0

    @property
    def end(self) -> float:
        return self._total / RATE

    def add(self, piece: Channels) -> None:
        """Adds the next piece. Raises `RecordingTooLong`."""
        self.pieces.append(piece)
        self._total += piece.shape[1]
        if self.end > self.longest:
            raise RecordingTooLong

    def lose(self, seconds: float = 0.0) -> None:
        """Notes that sound is missing here, and leaves room for it."""
        self.gaps.append((self.end, self.end + seconds))
        self.leave(seconds)

    def leave(self, seconds: float) -> None:
        """Leaves room without sound."""
        if seconds > 0:
            self.pieces.append(np.zeros((1, round(seconds * RATE)), np.int16))
            self._total += self.pieces[-1].shape[1]

    def recording(self, *, cut: bool) -> Recording:
        """Returns all pieces in one channel. `cut` says that the sound went on."""
        if cut:
            self.gaps.append((self.end, math.inf))
        parts: list[Samples] = []
        run: list[Channels] = []
        for piece in self.pieces:
            if run and run[-1].shape[0] != piece.shape[0]:
                parts.append(mono(np.concatenate(run, axis=1)))
                run = []
            run.append(piece)
        if run:
            parts.append(mono(np.concatenate(run, axis=1)))
        samples = np.concatenate(parts) if parts else np.empty(0, np.int16)
        known = tuple(self.gaps)
        new = [gap for gap in dropped(samples) if not any(start < gap[1] and gap[0] < end for start, end in known)]
        return Recording(samples, tuple(_joined(sorted([*known, *new]))))


def dropped(samples: Samples) -> list[Gap]:
    """Returns the places at which sound was replaced by zeros."""
    sounding = samples != 0
    edges = np.flatnonzero(np.diff(sounding))
    if edges.size < 2 or not sounding.any():
        return []
    loud = LOUD * float(np.sqrt((samples[sounding].astype(np.float64) ** 2).mean()))
    near = round(AT_ONCE * RATE)
    return [
        (float(start + 1) / RATE, float(end + 1) / RATE)
        for start, end in pairwise(edges)
        if not sounding[end]
        and end - start >= DROPPED * RATE
        and max(_peak(samples[max(start + 1 - near, 0) : start + 1]), _peak(samples[end + 1 : end + 1 + near])) >= loud
    ]


def _peak(samples: Samples) -> int:
    return int(np.abs(samples.astype(np.int32)).max(initial=0))


def mono(channels: Channels) -> Samples:
    """Returns the mean of the channels, or the one with most voice where they cancel each other or are mostly dead."""
    first: Samples = channels[0]
    if channels.shape[0] == 1:
        return first
    mean: Samples = np.round(channels.mean(axis=0)).astype(np.int16)
    loudness = [_voice(channel) for channel in channels]
    best = int(np.argmax(loudness))
    alone: Samples = channels[best]
    return alone if _voice(mean) < CANCELLED * loudness[best] else mean


def _voice(samples: Samples) -> float:
    """Returns the amplitude of what is between 200 Hz and 4 kHz: no offset, no hum, no whistle."""
    spectrum = np.abs(np.fft.rfft(samples.astype(np.float32)))
    low, high = (round(frequency * samples.size / RATE) for frequency in _VOICE)
    return float(np.sqrt((spectrum[low : high + 1] ** 2).sum()))


def _joined(gaps: list[Gap]) -> list[Gap]:
    """Joins gaps that touch each other."""
    joined: list[Gap] = []
    for start, end in gaps:
        if joined and start <= joined[-1][1] + 0.05:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined
