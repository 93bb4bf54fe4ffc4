"""Handles sound as numbers: filters, levels, encoders. A signal is mono, at 16 kHz, within ±1."""

from __future__ import annotations

import io
import wave
from collections.abc import Callable
from typing import TypeAlias

import av
import numpy as np
from numpy.typing import NDArray

from speech.audio import RATE

Signal: TypeAlias = NDArray[np.float64]


def seconds(length: float) -> Signal:
    """Returns the moments of so many seconds of sound."""
    return np.arange(round(length * RATE)) / RATE


def at_level(signal: Signal, dbfs: float) -> Signal:
    """Scales a signal to this RMS level; peaks beyond full scale stay, until `to_wav` clips them."""
    scaled: Signal = signal / (np.sqrt((signal**2).mean()) + 1e-12) * 10 ** (dbfs / 20)
    return scaled


def noise(length: int, dbfs: float, seed: int, tilt: float = 0.0) -> Signal:
    """Makes so many samples of noise; `tilt` is the slope of its spectrum, -1 for pink."""
    raw = np.fft.rfft(np.random.default_rng(seed).normal(size=max(length, 2)))
    shape = np.maximum(np.arange(raw.size), 1.0) ** (tilt / 2)
    return at_level(np.fft.irfft(raw * shape, max(length, 2))[:length], dbfs)


def band(signal: Signal, low: float, high: float, slope: float = 48.0) -> Signal:
    """Keeps what lies between two frequencies; outside, the level falls by `slope` decibels an octave."""
    spectrum = np.fft.rfft(signal)
    frequency = np.maximum(np.fft.rfftfreq(signal.size, 1 / RATE), 1.0)
    beyond = np.maximum(np.log2(low / frequency), np.log2(frequency / high)).clip(0, None)
    filtered: Signal = np.fft.irfft(spectrum * 10 ** (-slope * beyond / 20), signal.size)
    return filtered


def stretched(signal: Signal, factor: float) -> Signal:
    """Plays a signal so many times more slowly, and lower, as a wrong sample rate does."""
    length = round(signal.size * factor)
    spectrum, bins = np.fft.rfft(signal), length // 2 + 1
    padded = np.zeros(bins, np.complex128)
    padded[: min(bins, spectrum.size)] = spectrum[:bins]
    played: Signal = np.fft.irfft(padded, length) * factor
    return played


def at_tempo(signal: Signal, tempo: float) -> Signal:
    """Changes the tempo and not the pitch, with FFmpeg's filter."""
    graph = av.filter.Graph()
    source = graph.add_abuffer(sample_rate=RATE, format="flt", layout="mono")
    pace, sink = graph.add("atempo", str(tempo)), graph.add("abuffersink")
    source.link_to(pace)
    pace.link_to(sink)
    graph.configure()
    frame = av.AudioFrame.from_ndarray(signal.astype(np.float32)[None, :], format="flt", layout="mono")
    frame.sample_rate = RATE
    graph.push(frame)
    graph.push(None)
    parts: list[Signal] = []
    while True:
        try:
            pulled = graph.pull()
        except (av.BlockingIOError, av.EOFError):
            return np.concatenate(parts)
        assert isinstance(pulled, av.AudioFrame)
        parts.append(pulled.to_ndarray().reshape(-1).astype(np.float64))


def to_wav(signal: Signal) -> bytes:
    """Writes a signal as a WAV file, clipped at full scale."""
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(np.clip(signal * 32_768, -32_768, 32_767).astype(np.int16).tobytes())
    return buffer.getvalue()


def encoded(signal: Signal, container: str, codec: str, rate: int, bits: int = 0) -> bytes:
    """Writes a signal with an encoder of FFmpeg, at a sample rate and a bit rate."""
    buffer = io.BytesIO()
    with av.open(buffer, "w", format=container) as file:
        stream = file.add_stream(codec, rate=rate, layout="mono")
        assert isinstance(stream, av.AudioStream)
        if bits:
            stream.bit_rate = bits
        sound = av.AudioFrame.from_ndarray(
            np.clip(signal * 32_768, -32_768, 32_767).astype(np.int16)[None, :], format="s16", layout="mono"
        )
        sound.sample_rate = RATE
        size = stream.codec_context.frame_size or None
        resampler = av.AudioResampler(stream.format.name, "mono", rate, frame_size=size)
        for frame in (sound, None):
            for part in resampler.resample(frame):
                part.pts = None
                file.mux(stream.encode(part))
        file.mux(stream.encode(None))
    return buffer.getvalue()


def decoded(data: bytes) -> Signal:
    """Reads a file of sound, whatever its rate and layout."""
    parts: list[Signal] = []
    with av.open(io.BytesIO(data), "r") as container:
        resampler = av.AudioResampler(format="s16", layout="mono", rate=RATE)
        for frame in [*container.decode(container.streams.audio[0]), None]:
            parts += [part.to_ndarray().reshape(-1) / 32_768 for part in resampler.resample(frame)]
    return np.concatenate(parts)


def whispered(signal: Signal) -> Signal:
    """Takes the voice out of speech and leaves breath: noise through the filters that linear prediction finds."""
    size, step, order = 480, 160, 18
    breath, window = np.random.default_rng(5).normal(size=signal.size + size), np.hanning(size)
    made = np.zeros(signal.size + size)
    for start in range(0, signal.size - size, step):
        frame = signal[start : start + size] * window
        filter_, error = _prediction(frame, order)
        if error > 1e-9:
            made[start : start + size] += _through(breath[start : start + size] * np.sqrt(error), filter_) * window
    high: Signal = band(made[: signal.size], 300, 7_500, slope=12)
    return high


def _prediction(frame: Signal, order: int) -> tuple[Signal, float]:
    """Returns the coefficients of linear prediction and the mean square of what they do not predict (Levinson)."""
    lags = np.array([frame[: frame.size - lag] @ frame[lag:] for lag in range(order + 1)]) / frame.size
    coefficients, error = np.zeros(order + 1), float(lags[0]) * 1.0001 + 1e-12
    coefficients[0] = 1.0
    for number in range(1, order + 1):
        reflection = -float(coefficients[:number] @ lags[number:0:-1]) / error
        coefficients[: number + 1] += reflection * coefficients[: number + 1][::-1].copy()
        error *= 1 - reflection**2
    return coefficients, error


def _through(excitation: Signal, coefficients: Signal) -> Signal:
    """Filters by the inverse of a polynomial, through its spectrum."""
    size = 2 * excitation.size
    response = np.fft.rfft(coefficients, size)
    filtered: Signal = np.fft.irfft(np.fft.rfft(excitation, size) / response, size)[: excitation.size]
    return filtered


Change: TypeAlias = Callable[[Signal], bytes]
