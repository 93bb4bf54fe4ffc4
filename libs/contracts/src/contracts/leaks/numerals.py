"""Reads numbers that a plain text names in words, as parts of a whole, in other bases or in Roman letters."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache, partial

_UNITS = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen"
).split()
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()
_SMALL = {word: n for n, word in enumerate(_UNITS)} | {word: 10 * n for n, word in enumerate(_TENS, 2)}
_LARGE = {"dozen": 12, "thousand": 10**3, "million": 10**6, "billion": 10**9}
_WORD = "|".join(sorted((*_SMALL, *_LARGE, "hundred"), key=len, reverse=True))
_RUN = re.compile(rf"\b(?:(?:a )?(?:{_WORD})(?:[\s-]+(?:and[\s-]+)?(?=(?:{_WORD})\b)|\b))+")
_ORDINALS = {
    word: n
    for n, word in enumerate(
        (
            "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth "
            "fifteenth sixteenth seventeenth eighteenth nineteenth"
        ).split(),
        1,
    )
} | {f"{word[:-1]}ieth": 10 * n for n, word in enumerate(_TENS, 2)}
_ORDINAL_RUN = re.compile(
    rf"\b(?P<tens>{'|'.join(_TENS)})[\s-]+(?P<unit>{'|'.join(list(_ORDINALS)[:9])})\b"
    rf"|(?:\b(?:the|number|power|in|every)\s+|^\W*)(?P<one>{'|'.join(list(_ORDINALS)[3:])}|hundredth|thousandth)\b"
)
_PART_NAMES = {
    "half": 2, "halve": 2, "third": 3, "quarter": 4, "fourth": 4, "fifth": 5, "sixth": 6, "seventh": 7, "eighth": 8,
    "ninth": 9, "tenth": 10, "twelfth": 12, "sixteenth": 16, "twentieth": 20, "hundredth": 100, "thousandth": 1000,
}  # fmt: skip
_PART = "|".join(_PART_NAMES)
#: what is told as parts of a whole, as the calculation that it is
_PARTS_TOLD = (
    (re.compile(rf"(\d+)\s+and\s+(?:a|an|(\d+))[\s-]+({_PART})s?\b"), r"\1 + {n}"),
    (re.compile(rf"\b()(?:a|an|(\d+))[\s-]+({_PART})s?\b"), "{n}"),
    (re.compile(r"\b()()(half)\b(?!-)"), "{n}"),
)
_IN = re.compile(r"\b(\d+)\s+(?:part\s+)?(?:in|out of|of) (?:each |every )?(?<!\d of )(\d+)\b")
_PER_CENT = re.compile(
    r"(\d+(?:\.\d+)?)\s*(?:%|per\s?cents?\b|percentages?\b|pct\b|(?:in|of|out of|per) (?:a |one )?(?:hundred|100)\b)"
)
_MIXED = re.compile(r"(\d+)\s+(\d+)\s*/\s*(\d+)")
_DECIMAL = r"(\d+(?:\.\d+)?)"
_SCALES = _LARGE | {"hundred": 100, "dozen": 12, "ten": 10, "pair": 2, "score": 20, "k": 1000, "m": 10**6, "bn": 10**9}
_SCALE = re.compile(rf"{_DECIMAL}\s*((?:{'|'.join(_SCALES)}))(?<!\dten)s?\b")
_PLURALS = {
    f"{word[:-1]}ies" if word[-1] == "y" else f"{word}es" if word == "six" else f"{word}s": n
    for word, n in _SMALL.items()
}
_TIMES = re.compile(rf"\b(\d+) ({'|'.join(_PLURALS)})\b")
_POINT = re.compile(r"(\d+)\s+(?:point|comma)\s+((?:\d+\s*)+)")
_ROMAN = re.compile(r"\b(?=[IVXLCDM])M{0,3}(?:CM|CD|D?C{0,3})(?:XC|XL|L?X{0,3})(?:IX|IV|V?I{0,3})\b")
_ROMAN_DIGITS = dict(zip("IVXLCDM", (1, 5, 10, 50, 100, 500, 1000), strict=True))
_JUST = r"(?:just |only |exactly |precisely |simply |the number )*"
_ONE_AFTER = (
    r"is|are|be|was|equals?|makes?|gives?|gets?|leaves?|left|takes?|needs?|has|have|exactly|just|only|precisely|simply|"
    r"answer|number|result|say|write|enter|type|try|put|choose|to"
)
#: what stands before a lone `one` that is a number, and what after it
_LONE_ONE = re.compile(
    rf"(?:\b(?:{_ONE_AFTER})\s|'s\s|[:=])\s*{_JUST}[\"'(]*one\b(?:\s+\w+)?[\"')]*\s*(?:[.!,;:?]|$)"
    rf"|(?:^|[.!?;]\s+)\W*(?:a single )?{_JUST}one\b\W*"
    r"(?:$|[.!?]|,\s+(?:that|nothing|and (?:no|not|only|nothing))\b|only\b)"
    r"|\b(?:only|just|exactly|precisely) one (?:is|was|will|does|fits)\b"
    r"|\bnumber one\b|\bunity\b|\b(?:is|are|be|only|just|exactly) a single\b|\ba single one\b"
)
_NAUGHT = re.compile(
    r"\b(?:nought|naught|nil|null|zilch|zip|none at all|none (?:of (?:it|them) )?(?:(?:is|are) left|remains?)"
    r"|nothing (?:at all|is left|left|remains|more|else)"
    r"|(?:is|are|be|leaves?|gives?|makes?|get|answer|say|write|:)\s*(?:none|nothing))\b"
)


@lru_cache(maxsize=256)
def in_digits(text: str) -> str:
    """Returns a plain text with its number words as digits. A lone `one`, mostly a pronoun, stays a word."""
    return _RUN.sub(lambda found: _digits_of(found[0]), text)


def in_calculations(text: str) -> str:
    """Returns a plain text with number words, parts of a whole, per cents and scales as digits and calculations."""
    text = _ORDINAL_RUN.sub(_cardinal, re.sub(r"\b(?:nought|naught)\b", "zero", text))
    text = _SCALE.sub(lambda found: _number(float(found[1]) * _SCALES[found[2]]), text)
    text = re.sub(r"\bone\b", "1", in_digits(text))
    text = _TIMES.sub(lambda found: f"{found[1]} * {_PLURALS[found[2]]}", text)
    text = _POINT.sub(lambda found: f"{found[1]}.{re.sub(r'[^0-9]', '', found[2])} ", text)
    text = re.sub(r"(?:(?<![\w.])|(?<!\d) )(?:\.|point )(?=\d)", " 0.", text)
    text = re.sub(r"\b(?:couple|pair|both)\b(?: of)?", "2", text)
    text = _SCALE.sub(lambda found: _number(float(found[1]) * _SCALES[found[2]]), text)
    text = _PER_CENT.sub(lambda found: _number(float(found[1]) / 100), text)
    text = _MIXED.sub(r"\1 + \2/\3", text)
    for told, instead in _PARTS_TOLD:
        text = told.sub(partial(_part, instead), text)
    return _IN.sub(r"\1/\2", text)


def names_one(text: str) -> bool:
    """Tells whether a plain text says `one` as a number."""
    return _LONE_ONE.search(text) is not None


def names_naught(text: str) -> bool:
    """Tells whether a plain text says zero in another word."""
    return _NAUGHT.search(text) is not None


def in_other_signs(written: str) -> Iterator[float]:
    """Yields the numbers that a text, with its capital letters, has in Roman letters, or in base 2, 8 or 16."""
    for found in _ROMAN.findall(written):
        if len(found) > 1 or "roman" in written.lower():
            digits = [_ROMAN_DIGITS[letter] for letter in found]
            following = [*digits[1:], 0]
            yield float(sum(-one if one < after else one for one, after in zip(digits, following, strict=True)))
    small = written.lower()
    for prefix, base in (("0x", 16), ("0b", 2), ("0o", 8)):
        yield from (
            float(int(found, base))
            for found in re.findall(rf"\b{prefix}([0-9a-f]{{1,12}})\b", small)
            if _of(found, base)
        )
    for name, base in (("hex", 16), ("binary", 2), ("base 2", 2), ("base two", 2), ("octal", 8)):
        if name in small:
            yield from (
                float(int(found, base)) for found in re.findall(r"\b[0-9a-f]{1,12}\b", small) if _of(found, base)
            )


def _of(digits: str, base: int) -> bool:
    return all(int(digit, 16) < base for digit in digits)


def _number(value: float) -> str:
    return f"{value:.15f}".rstrip("0").rstrip(".")


def _cardinal(found: re.Match[str]) -> str:
    if found["tens"]:
        return str(_SMALL[found["tens"]] + _ORDINALS[found["unit"]])
    value = {"hundredth": 100, "thousandth": 1000}.get(found["one"]) or _ORDINALS[found["one"]]
    return found[0].replace(found["one"], str(value))


def _part(instead: str, found: re.Match[str]) -> str:
    return found.expand(instead.format(n=_number(int(found[2] or 1) / _PART_NAMES[found[3]])))


def _digits_of(run: str) -> str:
    """Returns a run of number words as one number, or as several where they make none together."""
    if run == "one":
        return run
    parts: list[str] = []
    whole = part = 0
    before = ""
    for word in re.findall(_WORD, run):
        if before and (before == "zero" or not _goes_on(word, part)):
            parts.append(str(whole + part))
            whole = part = 0
        before = word
        if word in _LARGE:
            whole += max(part, 1) * _LARGE[word]
            part = 0
        elif word == "hundred":
            part = max(part, 1) * 100
        else:
            part += _SMALL[word]
    between = " and " if re.fullmatch(rf"(?:{_WORD})\s+and\s+(?:{_WORD})", run) else " "
    return between.join([*parts, str(whole + part)])


def _goes_on(word: str, part: int) -> bool:
    """Tells whether a word belongs to the number that the words before it make."""
    if word in _LARGE or (word == "hundred" and 0 < part < 100) or not part % 100:
        return word != "zero"
    return part % 100 >= 20 and part % 10 == 0 and 0 < _SMALL.get(word, 0) < 10
