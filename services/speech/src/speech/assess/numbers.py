"""Says numbers in every right way: 1984 is a year, a count or four digits, and 1,500 is fifteen hundred too.

Ways are words with one space between them, the usual way first. The words of a number are written here, since num2words
(0.5.14, LGPL) has one way for each and requires docopt, which nobody maintains.
"""

from collections.abc import Iterable, Sequence
from itertools import product

ONES = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen"
).split()
TENS = "zero ten twenty thirty forty fifty sixty seventy eighty ninety".split()
SCALES = ("", "thousand", "million", "billion", "trillion")
#: the largest number that is said as one; a longer one is said digit by digit
MOST_DIGITS = 15
IRREGULAR = {"one": "first", "two": "second", "three": "third", "five": "fifth", "eight": "eighth", "nine": "ninth"}
IRREGULAR["twelve"] = "twelfth"
MULTIPLE = {2: "double", 3: "triple"}
ZEROS = ("zero", "oh", "nought")


def unique(ways: Iterable[str]) -> list[str]:
    """Returns the ways without those that came before, and without empty ones."""
    return [way for way in dict.fromkeys(" ".join(way.split()) for way in ways) if way]


def cardinal(value: int, link: str = "") -> str:
    """Returns the words of a number below 10 to the power 15; `link` is the “and” behind hundreds."""
    if value < len(ONES):
        return ONES[value]
    if value < 100:
        return TENS[value // 10] + (f" {ONES[value % 10]}" if value % 10 else "")
    if value < 1000:
        rest = f" {link} {cardinal(value % 100)}" if value % 100 else ""
        return " ".join(f"{ONES[value // 100]} hundred{rest}".split())
    groups: list[str] = []
    for scale in SCALES:
        if part := value % 1000:
            small = link and not groups and scale == "" and part < 100 and value >= 1000
            groups.append(f"{link if small else ''} {cardinal(part, link)} {scale}")
        value //= 1000
        if not value:
            break
    return " ".join(" ".join(reversed(groups)).split())


def cardinals(value: int) -> list[str]:
    """Returns how a count is said: with and without “and”, with “a” for one hundred, in hundreds up to ninety-nine."""
    plain, linked = cardinal(value), cardinal(value, "and")
    ways = [plain, linked]
    if 1100 <= value < 10_000 and value // 100 % 10:
        hundreds = cardinal(value // 100)
        rest = value % 100
        ways += [
            f"{hundreds} hundred {link} {cardinal(rest) if rest else ''}" for link in ("", "and") if rest or not link
        ]
    if plain.startswith("one ") and value >= 100:
        ways += [f"a {way[4:]}" for way in (plain, linked)]
    if value == 0:
        ways += [*ZEROS, "nil"]
    return unique(ways)


def years(value: int) -> list[str]:
    """Returns how a year from 1000 to 2999 is said in pairs."""
    century, rest = divmod(value, 100)
    if century % 10 == 0 and rest < 10:
        return [cardinal(value), cardinal(value, "and")] + ([f"{cardinal(century)} oh {ONES[rest]}"] if rest else [])
    if rest == 0:
        return [f"{cardinal(century)} hundred"]
    return [f"{cardinal(century)} {'oh ' if rest < 10 else ''}{cardinal(rest)}"]


def digits_apart(digits: str) -> list[str]:
    """Returns how the digits of a telephone number or a code are said: one by one, with “oh”, “double” and “triple”."""
    ways = [" ".join(ONES[int(digit)] for digit in digits)]
    if "0" in digits:
        ways += [ways[0].replace("zero", zero) for zero in ZEROS[1:]]
    runs: list[list[str]] = []
    for digit in digits:
        if runs and runs[-1][0] == digit and len(runs[-1]) < max(MULTIPLE):
            runs[-1].append(digit)
        else:
            runs.append([digit])
    if any(len(run) > 1 for run in runs):
        for zero in ZEROS[:2] if "0" in digits else ZEROS[:1]:
            named = [f"{MULTIPLE.get(len(run), '')} {zero if run[0] == '0' else ONES[int(run[0])]}" for run in runs]
            ways.append(" ".join(named))
    return unique(ways)


def pairs(digits: str) -> str:
    """Returns how four or six digits are said two by two, and three as one and two."""
    first = len(digits) % 2
    parts = ([digits[:1]] if first else []) + [digits[at : at + 2] for at in range(first, len(digits), 2)]
    return " ".join(
        f"oh {ONES[int(part[1])]}" if len(part) == 2 and part[0] == "0" else cardinal(int(part)) for part in parts
    )


def whole(written: str) -> list[str]:
    """Returns how a whole number is said, as it is written: digits, perhaps with commas between thousands."""
    digits = written.replace(",", "")
    value = int(digits)
    if len(digits) > MOST_DIGITS or (digits[0] == "0" and len(digits) > 1):
        return unique([*digits_apart(digits), *([pairs(digits)] if len(digits) <= 4 else [])])
    counted = cardinals(value)
    if "," in written:
        return counted
    if len(digits) == 4 and 1000 <= value < 3000:
        return unique([*years(value), *counted, *digits_apart(digits)[:2]])
    if len(digits) in (3, 4):
        return unique([*counted, pairs(digits), *digits_apart(digits)])
    return unique([*counted, *(digits_apart(digits) if len(digits) > 4 else [])])


def decimal(written: str) -> list[str]:
    """Returns how a number with a decimal point is said."""
    before, _, after = written.partition(".")
    tail = [digits_apart(after)[0]] + ([cardinal(int(after))] if len(after) == 2 and after[0] != "0" else [])
    tail += [tail[0].replace("zero", "oh")] if "0" in after else []
    if not before or before == "0":
        heads = ["zero", "", "oh", "nought"] if before else ["", "zero", "oh", "nought"]
    else:
        heads = cardinals(int(before.replace(",", "")))[:3]
    ways = [f"{head} point {end}" for end, head in product(tail, heads)]
    if len(after) == 2 and before.isdigit() and 0 < int(before) <= 24 and after != "00":  # a price, or a time of day
        ways.insert(4, f"{cardinal(int(before))} {pairs(after)}")
    if after in _PARTS and heads[0] not in ("", "zero"):
        ways.append(f"{heads[0]} and {_PARTS[after]}")
    elif after in _PARTS:
        ways.append(_PARTS[after].removeprefix("a "))
    return unique(ways)


_PARTS = {"5": "a half", "50": "a half", "25": "a quarter", "75": "three quarters"}


def number(written: str) -> list[str]:
    """Returns how a number is said, whole or with a decimal point."""
    return decimal(written) if "." in written else whole(written)


def ordinal_of(words: str) -> str:
    """Returns the ordinal of a cardinal: thirty three is thirty third."""
    *before, last = words.split()
    named = IRREGULAR.get(last) or (f"{last[:-1]}ieth" if last.endswith("y") else f"{last}th")
    return " ".join([*before, named])


def ordinals(value: int) -> list[str]:
    return unique(ordinal_of(way) for way in cardinals(value))


def fractions(top: int, bottom: int) -> list[str]:
    """Returns how a fraction is said: three quarters, three fourths, three over four."""
    names = {2: ["half"], 4: ["quarter", "fourth"]}.get(bottom) or ordinals(bottom)[:2]
    ways = []
    for name in names:
        if top == 1:
            ways += [f"one {name}", f"a {name}", name if bottom in (2, 4) else ""]
        else:
            ways.append(f"{cardinal(top)} {'halves' if name == 'half' else name + 's'}")
    ways += [f"{cardinal(top)} {link} {cardinal(bottom)}" for link in ("over", "out of", "by", "slash", "")]
    return unique(ways)


def joined(*parts: Sequence[str]) -> list[str]:
    """Returns the ways of parts said one after another: those with more usual parts first."""
    combined = sorted(product(*(list(enumerate(part)) for part in parts)), key=lambda ways: sum(at for at, _ in ways))
    return unique(" ".join(way for _, way in ways) for ways in combined)
