"""Finds the numbers that a plain text names: in digits, in English words, and as what a calculation comes to."""

from __future__ import annotations

import operator
import re
from collections.abc import Iterator

_UNITS = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen"
).split()
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()
_SMALL = {word: n for n, word in enumerate(_UNITS)} | {word: 10 * n for n, word in enumerate(_TENS, 2)} | {"dozen": 12}
_LARGE = {"thousand": 10**3, "million": 10**6, "billion": 10**9}
_WORD = "|".join(sorted((*_SMALL, *_LARGE, "hundred"), key=len, reverse=True))
_RUN = re.compile(rf"\b(?:(?:a )?(?:{_WORD})(?:[\s-]+(?:and[\s-]+)?(?=(?:{_WORD})\b)|\b))+")
_DIGITS = re.compile(r"\d+(?:[.,' \u202f\u00a0]\d+)*")
#: how a calculation is told, and the sign it is read as; in this order
_TOLD = (
    (r"\b(?:twice|double|doubled)\b(?: of)?", "2 *"),
    (r"\bhalf(?: of)?\b", "0.5 *"),
    (r"\b(?:sum of|add) (\d[\d.]*) (?:and|to) (\d[\d.]*)", r"\1 + \2"),
    (r"\bproduct of (\d[\d.]*) and (\d[\d.]*)", r"\1 * \2"),
    (r"\bdifference (?:of|between) (\d[\d.]*) and (\d[\d.]*)", r"\1 - \2"),
    (r"\b(\d[\d.]*) (?:taken )?(?:away )?from (\d[\d.]*)", r"\2 - \1"),
    (r"\b(?:multiplied by|times)\b|(?<=\d)\s*[x×·∙]\s*(?=\d)", " * "),
    (r"\b(?:divided by|over)\b|÷|(?<=\d)\s*:\s*(?=\d)", " / "),
    (r"\b(?:plus|and another|added to)\b", " + "),
    (r"\b(?:minus|less|without|take away)\b", " - "),
    (r"\bto the power(?: of)?\b|\*\*", " ^ "),
    (r"\bsquared\b|²", " ^ 2"),
    (r"\bcubed\b|³", " ^ 3"),
)
_CALCULATION = re.compile(r"\d+(?:\.\d+)?(?:\s*[-+*/^]\s*\d+(?:\.\d+)?)+")
_PARTS = re.compile(r"(\d+(?:\.\d+)?)|([-+*/^])")
#: numbers of one calculation that are looked at: each part of it is calculated
_MOST = 12
_PRECEDENCE = {"+": 1, "-": 1, "*": 2, "/": 2, "^": 3}
_OPERATORS = {"+": operator.add, "-": operator.sub, "*": operator.mul, "/": operator.truediv, "^": operator.pow}


def in_digits(text: str) -> str:
    """Returns a plain text with its number words as digits. A lone `one`, mostly a pronoun, stays a word."""
    return _RUN.sub(lambda found: _digits_of(found[0]), text)


def values(text: str) -> set[float]:
    """Returns the numbers that a plain text names. `1,024` may be a thousand and some or a little over one: both."""
    text = in_digits(text)
    return {value for found in _DIGITS.findall(text) for value in readings(found)}


def results(text: str) -> set[float]:
    """Returns what the calculations in a plain text come to, and each part of them."""
    text = re.sub(r"(?<=\d)[,'](?=\d{3}\b)", "", in_digits(text))
    text = re.sub(r"(?<=\d),(?=\d)", ".", text)
    for told, sign in _TOLD:
        text = re.sub(told, sign, text)
    return {value for found in _CALCULATION.findall(text) for value in _parts_of(_PARTS.findall(found))}


def readings(written: str) -> Iterator[float]:
    """Yields what digits with points, commas and spaces between them may mean."""
    together = re.sub(r"[' \u202f\u00a0]", "", written)
    for point in {".", ","}:
        other = "," if point == "." else "."
        number = together.replace(other, "").replace(point, ".")
        if number.count(".") <= 1:
            yield float(number)
    if together.count(".") + together.count(",") > 1:
        yield float(re.sub(r"\D", "", together))
    if " " in written:
        yield from (float(part.replace(",", ".")) for part in written.split() if part.count(",") + part.count(".") <= 1)


def _digits_of(run: str) -> str:
    if run == "one":
        return run
    whole = part = 0
    for word in re.findall(_WORD, run):
        if word in _LARGE:
            whole += max(part, 1) * _LARGE[word]
            part = 0
        elif word == "hundred":
            part = max(part, 1) * 100
        elif part % 100 and word in _SMALL and not (part % 10 == 0 and _SMALL[word] < 10):
            return run  # several numbers in a row, as in `seven eight nine`
        else:
            part += _SMALL[word]
    return str(whole + part)


def _parts_of(tokens: list[tuple[str, str]]) -> Iterator[float]:
    numbers = [float(number) for number, _ in tokens if number]
    signs = [sign for _, sign in tokens if sign]
    if len(numbers) > _MOST:
        numbers, signs = numbers[:_MOST], signs[: _MOST - 1]
    for first in range(len(numbers)):
        for last in range(first + 1, len(numbers)):
            value = _calculated(numbers[first : last + 1], signs[first:last])
            if value is not None:
                yield value


def _calculated(numbers: list[float], signs: list[str]) -> float | None:
    """Returns the value of a calculation by the usual precedence; None where it has none."""
    numbers, signs = list(numbers), list(signs)
    while signs:
        strongest = max(_PRECEDENCE[sign] for sign in signs)
        at = next(n for n, sign in enumerate(signs) if _PRECEDENCE[sign] == strongest)
        left, right, sign = numbers[at], numbers.pop(at + 1), signs.pop(at)
        if (sign == "/" and not right) or (sign == "^" and (abs(left) > 1e4 or right > 64)):
            return None
        numbers[at] = float(_OPERATORS[sign](left, right))
    return numbers[0]
