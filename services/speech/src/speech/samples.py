"""Mends sound without a codec of which bytes are missing: behind them every sample lies wrongly, and is noise."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from speech.caf import EDITS, chunks

_WAVES = (b"RIFF", b"RF64", b"BW64")
_WHOLE_NUMBERS, _EXTENSIBLE = 1, 0xFFFE
_NO_LENGTH = 0xFFFFFFFF
#: flags of a CAF without a codec
_FLOATS, _LITTLE = 1, 2
#: samples of a moment, the fewest moments behind a hole, and how much smoother they must be from another byte on
MOMENT, LEAST_BEHIND, SMOOTHER = 256, 4, 0.7
#: bytes of a sample of which the two that weigh most are compared
_WIDTHS = (2, 3, 4)


@dataclass(frozen=True)
class _Sound:
    """Holds where samples begin, how many bytes they should have, and how they lie."""

    begins: int
    size: int
    channels: int
    width: int
    big: bool

    @property
    def block(self) -> int:
        return self.channels * self.width


def with_samples_in_place(data: bytes) -> tuple[bytes, int | None]:
    """Returns a WAV, AIFF or CAF with zeros where bytes are missing, and the place behind them; others as they are.

    How many are missing is known from the head. Where they are is where the sound is smoother from then on if samples
    begin at another byte; a whole number of samples leaves no trace, so what was cut off stays cut off.
    """
    sound = _sound(data)
    if sound is None or sound.width not in _WIDTHS or not 1 <= sound.channels <= 8:
        return data, None
    missing = sound.begins + sound.size - len(data)
    if not 0 < missing < sound.size or missing % sound.block == 0:
        return data, None
    moment = _leaves(data, sound, -missing % sound.block)
    if moment is None:
        return data, None
    step = MOMENT * sound.block
    hole = sound.begins + moment * step
    # the bytes themselves are missing somewhere in the moments beside it
    before, after = max(hole - step, sound.begins), min(hole + step, len(data))
    return data[:before] + bytes(after - before + missing) + data[after:], after + missing


def _leaves(data: bytes, sound: _Sound, shift: int) -> int | None:
    """Returns the first moment from which on samples begin so many bytes later; None if none does."""
    as_it_is, shifted = _roughness(data, sound, 0), _roughness(data, sound, shift)
    moments = min(as_it_is.size, shifted.size)
    if not moments:
        return None
    costs = np.concatenate([[0.0], np.cumsum(as_it_is[:moments] - shifted[:moments])])
    moment = int(costs.argmin())
    behind = slice(moment, moments)
    smoother = shifted[behind].sum() < SMOOTHER * as_it_is[behind].sum()
    return moment if smoother and moments - moment >= LEAST_BEHIND else None


def _roughness(data: bytes, sound: _Sound, shift: int) -> NDArray[np.float64]:
    """Returns how much samples differ from the next ones, beside what they are, if they begin so many bytes later."""
    step = MOMENT * sound.block
    count = (len(data) - sound.begins - shift) // step
    raw = np.frombuffer(data, np.uint8, count * step, sound.begins + shift).reshape(-1, sound.channels, sound.width)
    high, low = (raw[..., 0], raw[..., 1]) if sound.big else (raw[..., -1], raw[..., -2])
    values = high.astype(np.int8).astype(np.int32) * 256 + low
    steps, sizes = np.abs(np.diff(values, axis=0, prepend=values[:1])), np.abs(values)
    rough: NDArray[np.float64] = _by_moments(steps, count) / np.maximum(_by_moments(sizes, count), 1.0)
    return rough


def _by_moments(values: NDArray[np.int32], count: int) -> NDArray[np.float64]:
    sums: NDArray[np.float64] = values.reshape(count, -1).sum(axis=1).astype(np.float64)
    return sums


def _sound(data: bytes) -> _Sound | None:
    if data[:4] in _WAVES:
        return _wave(data)
    return _aiff(data) if data.startswith(b"FORM") else _caf(data) if data.startswith(b"caff") else None


def _wave(data: bytes) -> _Sound | None:
    place, form, long_size = 12, b"", 0
    while place + 8 <= len(data):
        kind, size = data[place : place + 4], int.from_bytes(data[place + 4 : place + 8], "little")
        inside = place + 8
        if kind == b"ds64":
            long_size = int.from_bytes(data[inside + 8 : inside + 16], "little")
        elif kind == b"fmt ":
            form = data[inside : inside + 16]
        elif kind == b"data":
            tag, channels, bits = (int.from_bytes(form[at : at + 2], "little") for at in (0, 2, 14))
            size = long_size if size == _NO_LENGTH and long_size else size
            known = len(form) == 16 and tag in (_WHOLE_NUMBERS, _EXTENSIBLE)
            return _Sound(inside, size, channels, bits // 8, big=False) if known else None
        place = inside + size + size % 2
    return None


def _aiff(data: bytes) -> _Sound | None:
    place, form = 12, b""
    while place + 8 <= len(data):
        kind, size = data[place : place + 4], int.from_bytes(data[place + 4 : place + 8], "big")
        inside = place + 8
        if kind == b"COMM":
            form = data[inside : inside + 8]
        elif kind == b"SSND" and len(form) == 8:
            channels, bits = int.from_bytes(form[:2], "big"), int.from_bytes(form[6:], "big")
            plain = data[8:12] == b"AIFF"
            return _Sound(inside + 8, size - 8, channels, bits // 8, big=True) if plain else None
        place = inside + size + size % 2
    return None


def _caf(data: bytes) -> _Sound | None:
    form = b""
    for chunk in chunks(data):
        if chunk.kind == b"desc":
            form = data[chunk.inside : chunk.inside + 32]
        elif chunk.kind == b"data" and len(form) == 32:
            flags, channels, bits = (int.from_bytes(form[at : at + 4], "big") for at in (12, 24, 28))
            plain = form[8:12] == b"lpcm" and not flags & _FLOATS
            big = not flags & _LITTLE
            begins = chunk.inside + EDITS
            return _Sound(begins, chunk.end - begins, channels, bits // 8, big) if plain else None
    return None
