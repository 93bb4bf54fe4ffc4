"""Knows which words for a unit mean the same."""

from __future__ import annotations

_SAME = (
    ("b", "byte", "bytes"),
    ("bit", "bits"),
    ("kb", "kilobyte", "kilobytes"),
    ("mb", "megabyte", "megabytes"),
    ("gb", "gigabyte", "gigabytes"),
    ("tb", "terabyte", "terabytes"),
    ("kbit/s", "kbps", "kilobits per second"),
    ("mbit/s", "mbps", "megabits per second"),
    ("gbit/s", "gbps", "gigabits per second"),
    ("hz", "hertz"),
    ("mhz", "megahertz"),
    ("ghz", "gigahertz"),
    ("ms", "millisecond", "milliseconds"),
    ("s", "sec", "second", "seconds"),
    ("min", "minute", "minutes"),
    ("h", "hour", "hours"),
    ("day", "days"),
    ("%", "percent", "per cent"),
    ("€", "eur", "euro", "euros"),
    ("$", "usd", "dollar", "dollars"),
)
_NAMES = {word: words[0] for words in _SAME for word in words}


def same_unit(given: str, asked: str) -> bool:
    """Tells whether the word behind a number is the unit that was asked for; none is taken for it."""
    return not given or _name(given) == _name(asked)


def _name(word: str) -> str:
    plain = " ".join(word.casefold().split())
    return _NAMES.get(plain, plain)
