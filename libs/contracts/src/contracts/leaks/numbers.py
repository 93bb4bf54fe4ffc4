"""Finds the numbers that a plain text names: in digits, in words, and as what a calculation comes to."""

from __future__ import annotations

import operator
import re
from collections.abc import Iterator

from contracts.leaks.numerals import in_calculations, in_digits, in_other_signs, names_naught, names_one
from contracts.leaks.text import spelled, unemphasized

_DIGITS = re.compile(r"\d+(?:[.,' \u202f\u00a0]\d+)*")
_N = r"(\d+(?:\.\d+)?)"
_A_WORD = r"(?:(?!and\b|or\b|to\b|from\b)[a-z]+ )?"


def _middle(found: re.Match[str]) -> str:
    """Returns the whole number between two others; what else lies between is not told by them."""
    low, high = float(found[1]), float(found[2])
    return f"({low} + {high}) / 2 ," if high - low == 2 or low - high == 2 else f"{found[1]} , {found[2]}"


#: how a calculation is told, and the sign it is read as; in this order
_TOLD = tuple(
    (re.compile(told), sign)
    for told, sign in (
        (r"\bthrice\b", "3 times"),
        (rf"{_N} (?:multiplied by|times) itself(?: (\d+) times)?", lambda f: f"{f[1]} ^ {f[2] or 2}"),
        (r"\b(twice|double[ds]?|doubling)\b(?: of)?(?=\s*(?:-|minus |negative )?\d)", "2 *"),
        (r"\b(triple[ds]?|treble[ds]?|3 times)\b(?: of)?(?=\s*\d)", "3 *"),
        (rf"{_N} {_A_WORD}(?:taken |used |added |counted )?(?:twice|doubled|2 times)\b", r"\1 * 2"),
        (rf"{_N} {_A_WORD}(?:taken |used |added |counted )?(?:tripled|trebled|3 times)\b", r"\1 * 3"),
        (rf"{_N} {_A_WORD}(?:taken |used |added |counted )?(\d+) times\b", r"\1 * \2"),
        (rf"{_N},? {_A_WORD}halved\b", r"\1 / 2"),
        (rf"\b(?:halve|halving) {_N}", r"\1 / 2"),
        (rf"\b(?:sum of|add(?:ing)?) {_N} {_A_WORD}(?:and|to) {_N}", r"\1 + \2"),
        (rf"\bproduct of {_N} {_A_WORD}and {_N}", r"\1 * \2"),
        (rf"\bdifference (?:of|between) {_N} {_A_WORD}and {_N}", r"\1 - \2"),
        (rf"\b(?:quotient|ratio) of {_N} {_A_WORD}(?:and|to) {_N}", r"\1 / \2"),
        (rf"\b(?:average|mean|middle|halfway|midway)(?: of| between)? {_N} {_A_WORD}and {_N}", r"(\1 + \2) / 2"),
        (rf"\bbetween (?:-|minus )?{_N} {_A_WORD}and (?:-|minus )?{_N}", _middle),
        (rf"\b(?:multiply|multiplying) {_N} {_A_WORD}(?:by|with|and) {_N}", r"\1 * \2"),
        (rf"{_N} {_A_WORD}(?:shared|split|divided) (?:out )?(?:by|into|in|among|between) {_N}", r"\1 / \2"),
        (rf"\b(?:divid\w+|split\w*|shar\w+) {_N} {_A_WORD}(?:by|into|in|among|between) {_N}", r"\1 / \2"),
        (
            rf"{_N} {_A_WORD}(?:short of|shy of|less than|fewer than|smaller than|under|below|before|off) {_N}",
            r"\2 - \1",
        ),
        (rf"{_N} {_A_WORD}(?:more than|greater than|larger than|above|beyond|after|on top of) {_N}", r"\2 + \1"),
        (
            rf"\b(?:next|following|just|right|number|directly)(?: \w+)? (?:after|above|over|following) {_N}",
            r"\1 + 1",
        ),
        (
            rf"\b(?:last|just|right|number|immediately|directly)(?: \w+)? (?:before|below|under|preceding) {_N}",
            r"\1 - 1",
        ),
        (rf"{_N} {_A_WORD}(?:taken )?(?:away )?from {_N}", r"\2 - \1"),
        (rf"(?:√|\b(?:square )?root of) ?{_N}", r"\1 ^ 0.5"),
        (rf"\bsquare of {_N}", r"\1 ^ 2"),
        (rf"\bcube of {_N}", r"\1 ^ 3"),
        (rf"(\d+)(?:th|st|nd|rd)? power of {_N}", r"\2 ^ \1"),
        (r"\bto the (?:power (?:of )?)?(?=(?:minus )?\d)|\*\*|\braised (?:to|by) (?:the )?(?:power (?:of )?)?", " ^ "),
        (rf"{_N}e\+?(-?)(\d+)\b", r"\1 * 10 ^ \2\3"),
        (r"\bsquared\b", " ^ 2"),
        (r"\bcubed\b", " ^ 3"),
        (rf"{_N}\s*\^\s*(?:-|minus )\s*(\d+)", r"1 / \1 ^ \2"),
        (r"\b(?:multiplied by|times)\b|[×·∙⋅∗]|(?<=\d)\s*x\s*(?=\d)", " * "),
        (r"\b(?:divided by|over)\b|÷|(?<=\d)\s*:\s*(?=\d)", " / "),
        (r"\b(?:plus|and another|added to|together with|increased by)\b", " + "),
        (r"\b(?:minus|less|without|take away|take off|reduced by|decreased by|lowered by)\b", " - "),
        (r"(?<=[*/])\s*(?:-|minus|negative)\s*(?=\d)", " "),
        (rf"{_N} {_A_WORD}{_A_WORD}(?:of|by|with|at|per) (?=\d)", r"\1 * "),
        (rf"{_N} {_A_WORD}(?:and) (?=\d)", r"\1 + "),
        (r"(?<=\d) [a-z]+(?= *[-+*/^] *\(?\d)", ""),
    )
)
_CALCULATION = re.compile(r"\d+(?:\.\d+)?(?:\s*[-+*/^]\s*\d+(?:\.\d+)?)+")
_PARTS = re.compile(r"(\d+(?:\.\d+)?)|([-+*/^])")
_BRACKETS = re.compile(r"\(\s*(\d[\d.]*(?:\s*[-+*/^]\s*\d+(?:\.\d+)?)+)\s*\)")
_BACKWARDS = re.compile(r"\b(?:backwards?|reverse[ds]?|right to left|from the right|turned (?:a)?round)\b")
#: numbers of one calculation that are looked at: each part of it is calculated
_MOST = 12
_PRECEDENCE = {"+": 1, "-": 1, "*": 2, "/": 2, "^": 3}
_OPERATORS = {"+": operator.add, "-": operator.sub, "*": operator.mul, "/": operator.truediv, "^": operator.pow}


def names(number: float, tolerance: float, text: str, written: str, *, per_cent: bool) -> bool:
    """Tells whether a plain text names a number, whatever its sign. `per_cent`: the number is asked for in per cent.

    `written` is the same text with its capital letters.
    """
    bare = text.replace("_", " ")
    found = {*values(bare), *results(bare), *in_other_signs(written)}
    found |= {float(run) for run in spelled(in_digits(bare)) if run.isdecimal() and len(run) < 16}
    found |= {
        int(part) / int(whole)
        for part, whole in re.findall(r"\b(\d{1,9}) of (\d{1,9})\b", in_digits(bare))
        if int(whole)
    }
    if _BACKWARDS.search(bare):
        found |= {float(each[::-1]) for each in re.findall(r"\d+", bare) if len(each) < 16}
    if names_one(unemphasized(text)):
        found.add(1.0)
    if names_naught(bare):
        found.add(0.0)
    if per_cent:
        found |= {100 * value for value in found if abs(value) < 1}
    return any(abs(abs(value) - abs(number)) <= tolerance + 1e-9 for value in found)


def values(text: str) -> set[float]:
    """Returns the numbers that a plain text names. `1,024` may be a thousand and some or a little over one: both."""
    text = in_digits(text)
    return {value for found in _DIGITS.findall(text) for value in readings(found)}


def results(text: str) -> set[float]:
    """Returns what the calculations in a plain text come to, and each part of them."""
    text = re.sub(r"(?<=\d)[,'](?=\d{3}\b)", "", text)
    text = re.sub(r"\b(\d{1,3}) (?=\d{3}\b)", r"\1", text)
    text = in_calculations(re.sub(r"(?<=\d),(?=\d)", ".", text))
    for told, sign in _TOLD if re.search(r"\d", text) else ():
        text = told.sub(sign, text)
    found = set[float]()
    for _ in range(_MOST):
        found |= {value for each in _CALCULATION.findall(text) for value in _parts_of(_PARTS.findall(each))}
        if text == (text := _BRACKETS.sub(_worked_out, text)):
            break
    named = {value for each in re.findall(r"\d+(?:\.\d+)?", text) for value in readings(each)}
    return found | (named - {1.0})  # what is left of `one`, mostly a pronoun


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


def _worked_out(found: re.Match[str]) -> str:
    parts = _PARTS.findall(found[1])
    value = _calculated(
        [float(number) for number, _ in parts[: 2 * _MOST] if number],
        [sign for _, sign in parts[: 2 * _MOST - 1] if sign],
    )
    return "" if value is None or value < 0 else f"{value:.9f}"


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
        if (sign == "/" and not right) or (sign == "^" and right > 1 and (abs(left) > 1e4 or right > 64)):
            return None
        if sign == "^" and left < 0:
            return None
        numbers[at] = float(_OPERATORS[sign](left, right))
    return numbers[0]
