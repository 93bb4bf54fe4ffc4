"""Makes sounds in which nobody speaks: instruments, animals, machines, things. Each is a formula with a fixed seed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from bench.hearing.signals import Signal, at_level, band, noise, seconds
from speech.audio import RATE

LENGTH = 4.0
NOTES = {name: 440 * 2 ** (step / 12) for step, name in enumerate("A A# B C C# D D# E F F# G G#".split())}
TUNE = "C D E C E F G G E C D E".split()


def _tone(frequency: Signal | float, length: float, harmonics: Sequence[float] = (1.0,)) -> Signal:
    phase = 2 * np.pi * np.cumsum(np.broadcast_to(frequency, seconds(length).shape)) / RATE
    tone: Signal = np.sum([part * np.sin((n + 1) * phase) for n, part in enumerate(harmonics)], axis=0)
    return tone


def _struck(length: float, decay: float, attack: float = 0.005) -> Signal:
    time = seconds(length)
    envelope: Signal = np.minimum(time / attack, 1.0) * np.exp(-time / decay)
    return envelope


def _placed(parts: Sequence[tuple[float, Signal]], length: float = LENGTH) -> Signal:
    whole = np.zeros(round(length * RATE))
    for start, part in parts:
        at = round(start * RATE)
        whole[at : at + part.size] += part[: max(whole.size - at, 0)]
    return whole


def _melody(note: Callable[[float], Signal], step: float, octave: float = 1.0) -> Signal:
    return _placed([(number * step, note(NOTES[name] * octave)) for number, name in enumerate(TUNE * 2)])


def _plucked(frequency: float, length: float = 1.2, damping: float = 0.996) -> Signal:
    """Makes a string after Karplus and Strong."""
    line = np.random.default_rng(round(frequency)).uniform(-1, 1, round(RATE / frequency))
    made = np.empty(round(length * RATE))
    for at in range(made.size):
        made[at] = line[0]
        line = _turned(line, damping)
    return made


def _turned(line: Signal, damping: float) -> Signal:
    turned = np.roll(line, -1)
    turned[-1] = damping * 0.5 * (line[0] + line[1])
    return turned


def _flute(frequency: float, length: float = 0.45) -> Signal:
    vibrato = frequency * (1 + 0.006 * np.sin(2 * np.pi * 5 * seconds(length)))
    breath = band(noise(round(length * RATE), -20, 4), frequency, 3 * frequency)
    return (_tone(vibrato, length, (1, 0.3, 0.1)) + breath) * _struck(length, 1.0, 0.06)


def _bowed(frequency: float, length: float = 0.5) -> Signal:
    vibrato = frequency * (1 + 0.01 * np.sin(2 * np.pi * 6 * seconds(length)))
    return _tone(vibrato, length, [1 / n for n in range(1, 14)]) * _struck(length, 2.0, 0.08)


def _brass(frequency: float, length: float = 0.4) -> Signal:
    return _tone(frequency, length, [1, 0.9, 0.8, 0.6, 0.5, 0.3, 0.2, 0.1]) * _struck(length, 0.6, 0.03)


def _piano(frequency: float, length: float = 0.8) -> Signal:
    return _tone(frequency, length, [1, 0.5, 0.3, 0.15, 0.08]) * _struck(length, 0.3)


def _bell(frequency: float, length: float = 2.0) -> Signal:
    parts = (0.5, 1, 1.19, 1.56, 2, 2.74, 3.76)
    bell: Signal = np.sum([_tone(frequency * part, length) * _struck(length, 0.8 / part) for part in parts], axis=0)
    return bell


def _drum(kind: str, length: float = 0.4) -> Signal:
    if kind == "bass":
        return _tone(50 + 90 * np.exp(-seconds(length) * 25), length) * _struck(length, 0.12)
    if kind == "snare":
        return (_tone(190, length) * 0.5 + noise(round(length * RATE), -8, 6)) * _struck(length, 0.08)
    if kind == "tom":
        return _tone(110 + 60 * np.exp(-seconds(length) * 12), length) * _struck(length, 0.2)
    return band(noise(round(length * RATE), -10, 7), 6_000, 8_000) * _struck(length, 0.04)


def _beat(pattern: Sequence[str], step: float) -> Signal:
    return _placed([(n * step, _drum(kind)) for n, kind in enumerate([*pattern] * 8) if kind])


def _siren(low: float, high: float, period: float, *, two_tones: bool = False) -> Signal:
    phase = seconds(LENGTH) / period % 1
    swing = np.where(phase < 0.5, 0.0, 1.0) if two_tones else 0.5 - 0.5 * np.cos(2 * np.pi * phase)
    return _tone(low + (high - low) * swing, LENGTH, (1, 0.4, 0.2))


def _bark(pitch: float) -> Signal:
    """Makes a dog's bark: a short falling harmonic burst with a throat's resonances."""
    fall = pitch * (1.4 - 0.8 * seconds(0.22) / 0.22)
    voice = _tone(fall, 0.22, [1 / n**0.5 for n in range(1, 20)]) + noise(round(0.22 * RATE), -6, 8)
    throat = band(voice, 500, 1_300, 12) + 0.4 * band(voice, 2_000, 3_000, 18)
    return throat * _struck(0.22, 0.1, 0.02)


def _meow() -> Signal:
    time = seconds(0.9)
    pitch = 500 + 300 * np.sin(np.pi * time / 0.9)
    return band(_tone(pitch, 0.9, [1, 0.8, 0.6, 0.4, 0.2]), 700, 2_500, 12) * np.sin(np.pi * time / 0.9)


def _chirp(start: float, end: float, length: float) -> Signal:
    time = seconds(length)
    return _tone(start + (end - start) * time / length, length) * np.sin(np.pi * time / length)


def _bursts(count: int, seed: int, burst: Callable[[np.random.Generator], Signal]) -> Signal:
    drawn = np.random.default_rng(seed)
    return _placed([(float(drawn.uniform(0, LENGTH - 0.3)), burst(drawn)) for _ in range(count)])


def _click(drawn: np.random.Generator, low: float, high: float, decay: float) -> Signal:
    raw = drawn.normal(size=round(0.15 * RATE))
    return band(raw, low, high, 24) * _struck(0.15, decay, 0.001) * drawn.uniform(0.6, 1.0)


def _swelling(tilt: float, low: float, high: float, period: float, seed: int) -> Signal:
    wave = noise(round(LENGTH * RATE), -20, seed, tilt)
    return band(wave, low, high, 12) * (1 + 0.7 * np.sin(2 * np.pi * seconds(LENGTH) / period))


def _engine(rate: float) -> Signal:
    rising = rate * (1 + 0.3 * np.sin(2 * np.pi * seconds(LENGTH) / 5))
    return _tone(rising, LENGTH, [1 / n for n in range(1, 20)]) + 3 * noise(round(LENGTH * RATE), -25, 9, -1)


def _ring(first: float, second: float, on: float, off: float) -> Signal:
    ring = (_tone(first, LENGTH) + _tone(second, LENGTH)) * (seconds(LENGTH) % (on + off) < on)
    return np.asarray(ring)


def _chords(note: Callable[[float], Signal], step: float) -> Signal:
    chords = (("C", "E", "G"), ("F", "A", "C"), ("G", "B", "D"), ("C", "E", "G"))
    return _placed(
        [(n * step, note(NOTES[name] / 2)) for n, chord in enumerate(chords * 3) for name in chord],
    )


def _crickets() -> Signal:
    return _tone(4_500.0, LENGTH) * (np.sin(2 * np.pi * 30 * seconds(LENGTH)) > 0) * (seconds(LENGTH) % 0.8 < 0.4)


def _bubbles(drawn: np.random.Generator) -> Signal:
    low = float(drawn.uniform(300, 900))
    return _chirp(low, low * 1.8, 0.07)


def _white() -> Signal:
    return noise(round(LENGTH * RATE), -20, 10)


def _footsteps(drawn: np.random.Generator) -> Signal:
    return _click(drawn, 60, 400, 0.05)


def _touch_tones() -> Signal:
    keys = [_ring(697 + 76 * (n % 4), 1_209 + 120 * (n % 3), 0.2, 9)[:3_000] for n in range(12)]
    return _placed([(0.3 * n, key) for n, key in enumerate(keys)])


def _vacuum_cleaner() -> Signal:
    motor = _tone(220.0, LENGTH, [1 / n for n in range(1, 9)])
    return motor + 30 * noise(round(LENGTH * RATE), -25, 11, -1)


def _knocking() -> Signal:
    knock = _tone(160.0, 0.2, (1, 0.6, 0.4)) * _struck(0.2, 0.03)
    return _placed([(0.4 + 0.25 * n, knock) for n in range(9)])


def _band() -> Signal:
    """Plays drums, bass and a tune together."""
    drums = _beat(("bass", "hat", "snare", "hat"), 0.25)
    return drums + 0.7 * _melody(_piano, 0.25) + 0.7 * _melody(_brass, 0.5, 0.25)


NOISES: Mapping[str, Callable[[], Signal]] = {
    "siren, wailing": lambda: _siren(600, 1_400, 3),
    "siren, yelping": lambda: _siren(600, 1_400, 0.35),
    "siren, two tones": lambda: _siren(440, 585, 1.2, two_tones=True),
    "siren, low": lambda: _siren(200, 450, 4),
    "guitar, tune": lambda: _melody(_plucked, 0.3, 0.5),
    "guitar, low": lambda: _melody(_plucked, 0.45, 0.25),
    "guitar, chords": lambda: _chords(_plucked, 0.9),
    "flute": lambda: _melody(_flute, 0.35),
    "flute, high": lambda: _melody(_flute, 0.25, 2),
    "violin": lambda: _melody(_bowed, 0.4),
    "cello": lambda: _melody(_bowed, 0.5, 0.25),
    "trumpet": lambda: _melody(_brass, 0.35),
    "tuba": lambda: _melody(_brass, 0.4, 0.2),
    "piano": lambda: _melody(_piano, 0.3),
    "piano, chords": lambda: _chords(_piano, 0.8),
    "organ, chords": lambda: _chords(_bowed, 0.5),
    "bells": lambda: _melody(_bell, 0.9),
    "drums": lambda: _beat(("bass", "hat", "snare", "hat"), 0.25),
    "drums, fast": lambda: _beat(("bass", "snare", "tom", "snare"), 0.14),
    "toms": lambda: _beat(("tom", "", "tom", "tom"), 0.2),
    "band": _band,
    "dog, large": lambda: _placed([(0.2 + 0.45 * n, _bark(180)) for n in range(8)]),
    "dog, small": lambda: _placed([(0.1 + 0.3 * n, _bark(450)) for n in range(12)]),
    "cat": lambda: _placed([(0.3, _meow()), (1.6, _meow()), (2.8, _meow())]),
    "birds": lambda: _placed([(0.15 * n, _chirp(2_500 + 400 * (n % 4), 4_500, 0.09)) for n in range(25)]),
    "owl": lambda: _placed([(0.8 * n, _chirp(340, 300, 0.4)) for n in range(5)]),
    "crickets": _crickets,
    "bees": lambda: _tone(210 + 15 * np.sin(2 * np.pi * 3 * seconds(LENGTH)), LENGTH, [1 / n for n in range(1, 12)]),
    "mains hum": lambda: _tone(50.0, LENGTH, [1, 0.6, 0.5, 0.3, 0.2, 0.1]),
    "telephone": lambda: _ring(440, 480, 1.0, 0.5),
    "telephone, warbling": lambda: _ring(900, 1_150, 0.08, 0.08),
    "alarm clock": lambda: _tone(2_000.0, LENGTH, (1, 0, 0.3)) * (seconds(LENGTH) % 0.5 < 0.25),
    "touch tones": _touch_tones,
    "engine": lambda: _engine(40),
    "motorcycle": lambda: _engine(90),
    "vacuum cleaner": _vacuum_cleaner,
    "helicopter": lambda: band(_white(), 50, 900, 12) * (seconds(LENGTH) * 14 % 1 < 0.3),
    "traffic": lambda: _swelling(-1, 40, 1_200, 2.5, 12),
    "wind": lambda: _swelling(-2, 40, 600, 1.7, 13),
    "sea": lambda: _swelling(-0.5, 100, 5_000, 3.0, 14),
    "rain": lambda: _bursts(400, 15, lambda drawn: _click(drawn, 2_000, 7_500, 0.004)),
    "claps": lambda: _bursts(14, 16, lambda drawn: _click(drawn, 700, 3_000, 0.02)),
    "applause": lambda: _bursts(250, 17, lambda drawn: _click(drawn, 700, 4_000, 0.02)),
    "keyboard": lambda: _bursts(30, 18, lambda drawn: _click(drawn, 1_000, 6_000, 0.006)),
    "footsteps": lambda: _bursts(8, 19, _footsteps),
    "knocking": _knocking,
    "bubbling water": lambda: _bursts(90, 20, _bubbles),
    "whistling": lambda: _melody(lambda frequency: _chirp(frequency * 1.9, frequency * 2, 0.3), 0.33),
    "theremin": lambda: _tone(500 + 300 * np.sin(2 * np.pi * 0.7 * seconds(LENGTH)), LENGTH, (1, 0.2)),
    "hair dryer": lambda: band(_white(), 200, 6_000, 6),
}  # fmt: skip


def make(name: str, dbfs: float = -22.0) -> Signal:
    """Makes one of the sounds, in a quiet room."""
    sound = NOISES[name]()
    return at_level(sound, dbfs) + noise(sound.size, -65, 21, tilt=-1)
