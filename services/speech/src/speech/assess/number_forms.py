"""Says numbers with what stands beside them: money, shares, times, dates, fractions, lengths, quantities."""

import re

from speech.assess import numbers
from speech.assess.abbreviations import AMOUNTS, MONEY, MONTHS, UNITS
from speech.assess.forms import END, FREE, Kinds, Short, as_one
from speech.assess.numbers import cardinal, joined, number, ordinals, unique

_NUMBER = r"(?:\d{1,3}(?:,\d{3})+(?!\d)|\d+)(?:\.\d+)?"
_VULGAR = dict(
    zip("½⅓⅔¼¾⅕⅖⅗⅘⅙⅚⅛⅜⅝⅞", "1/2 1/3 2/3 1/4 3/4 1/5 2/5 3/5 4/5 1/6 5/6 1/8 3/8 5/8 7/8".split(), strict=True)
)
_UNIT = "|".join(re.escape(unit) for unit in sorted(UNITS, key=len, reverse=True))
_MONTH = "|".join(f"{full}|{short}" for short, full in MONTHS.items())


def _signed(written: str) -> list[str]:
    """Returns how a number is said that may have a sign before it."""
    if written[0] in "-−–":
        return joined(["minus", "negative"], number(written[1:].strip()))
    return joined(["plus", "positive", ""], number(written[1:].strip())) if written[0] == "+" else number(written)


def _money(found: re.Match[str]) -> list[Short]:
    sign, amount, scale = found["sign"] or found["sign_after"], found["sum"] or found["sum_after"], found["scale"]
    one, several, part, parts = MONEY[sign]
    if scale:
        large = AMOUNTS.get(scale.lower(), scale.lower())
        return as_one(found, joined(number(amount), [large], several))
    before, _, after = amount.partition(".")
    whole = int(before.replace(",", "") or "0")
    names = one if whole == 1 else several
    sums = joined(["one", "a"] if whole == 1 else number(before or "0"), names)
    if len(after) != 2 or not part:
        return as_one(
            found, [*(joined(number(amount), several) if after else sums), *(number(before)[:1] if sign == "£" else [])]
        )
    cents = int(after)
    small = f"{cardinal(cents)} {part if cents == 1 else parts}"
    if not cents:
        return as_one(found, sums)
    if not whole:
        return as_one(
            found, [small, f"{number(before or '0')[0]} {several[0]} and {small}", *joined(number(amount), several)]
        )
    spoken = cardinal(cents) if cents > 9 else f"oh {cardinal(cents)}"
    plain = number(before)[0]
    ways = [f"{sums[0]} and {small}", f"{sums[0]} {spoken}", f"{plain} {spoken}", f"{sums[0]} {small}"]
    return as_one(found, [*ways, *(f"{way} and {small}" for way in sums[1:3]), *joined(number(amount), several)])


def _money_of_a_land(found: re.Match[str]) -> list[Short]:
    """Says a sum with what stands before its sign: US$5."""
    [said] = _money(found)
    if not found["land"]:
        return [said]
    letters = " ".join(found["land"].lower())
    named = [way.replace(" dollar", f" {letters} dollar") for way in said.ways[:3]]
    return as_one(found, [*said.ways[:4], *named, f"{letters} {said.ways[0]}"])


def _percent(found: re.Match[str]) -> list[Short]:
    return as_one(found, joined(_signed(found["share"]), ["percent"]))


def _clock(found: re.Match[str]) -> list[Short]:
    hour, minute = int(found["hour"]), int(found["minute"])
    named, following = (cardinal(each % 12 or 12) for each in (hour, hour + 1))
    shown = cardinal(hour) if hour else "zero"
    if found["second"]:
        return as_one(found, joined([shown], numbers.whole(found["minute"]), numbers.whole(found["second"])))
    if minute == 0:
        exact = [f"{named} o'clock", named, shown, f"{shown} hundred", f"{shown} hundred hours", f"{shown} o'clock"]
        exact += {0: ["midnight"], 12: ["noon", "midday"]}.get(hour, [])
    else:
        exact = [f"{each} {'oh ' if minute < 10 else ''}{cardinal(minute)}" for each in dict.fromkeys((shown, named))]
        exact += [f"{shown} zero {cardinal(minute)}"] if minute < 10 else []
    sides = (
        [(minute, ("past", "after"), named)]
        if minute <= 30
        else [(60 - minute, ("to", "of", "till", "before"), following)]
    )
    for gap, links, name in sides if minute else []:
        words = {15: ["quarter", "a quarter"], 30: ["half"]}.get(gap, [cardinal(gap), f"{cardinal(gap)} minutes"])
        exact += [f"{word} {link} {name}" for link in links[: 1 if gap == 30 else 2] for word in words]
    return as_one(found, joined(exact, _half_of_day(found["half"], hour)) if found["half"] else exact)


def _half_of_day(letter: str, hour: int) -> list[str]:
    if letter.lower() == "a":
        return ["a m", "in the morning"]
    evening = ["in the evening"] if 5 <= hour < 9 else ["at night"] if 9 <= hour < 12 else []
    return ["p m", *([] if 6 <= hour < 12 else ["in the afternoon"]), *evening]


def _hour(found: re.Match[str]) -> list[Short]:
    named = cardinal(int(found["full_hour"]))
    return as_one(found, joined([named, f"{named} o'clock"], _half_of_day(found["full_half"], int(found["full_hour"]))))


def _date(found: re.Match[str]) -> list[Short]:
    year = found["y1"] or found["y2"]
    both = (int(found["a"]), int(found["b"])) if found["a"] else (int(found["m2"]), int(found["d2"]))
    said = number(year)[:2] if len(year) == 4 else [*numbers.whole(year)[:1], f"twenty {numbers.pairs(year)}"]
    if len(year) == 4 and len(both) == 2 and len(said) > 1:
        said = unique([*numbers.years(int(year))[-1:], *said])[:2]
    ways = []
    for month, day in dict.fromkeys((both, both[::-1] if found["a"] else both)):
        if 1 <= month <= 12 and 1 <= day <= 31:
            name, nth = list(MONTHS.values())[month - 1], ordinals(day)[0]
            ways += [f"{name} {nth}", f"the {nth} of {name}", f"{name} the {nth}"]
    first, second = (cardinal(each) for each in both)
    return as_one(found, joined([*ways, f"{first} {second}", f"{first} slash {second} slash"], said))


def _mixed(found: re.Match[str]) -> list[Short]:
    whole, top, bottom = found["whole"] or found["whole_before"], found["top"], found["bottom"]
    if found["vulgar"]:
        top, bottom = _VULGAR[found["vulgar"]].split("/")
    ways = numbers.fractions(int(top), int(bottom))
    if not whole:
        return as_one(found, ways)
    parts = [way for way in ways if "over" not in way and not way.startswith("half")]
    return as_one(found, [f"{number(whole)[0]} {link} {part}" for part in parts[:4] for link in ("and", "")])


def _fraction(found: re.Match[str]) -> list[Short]:
    return as_one(found, numbers.fractions(int(found["over"]), int(found["under"])))


def _feet(found: re.Match[str]) -> list[Short]:
    feet, inches = cardinal(int(found["feet"])), found["inches"]
    heads = [f"{feet} feet", f"{feet} foot", feet]
    if not inches:
        return as_one(found, heads if found[0].endswith("′") else [feet, *heads])  # or the end of what is quoted
    tail = cardinal(int(inches))
    return as_one(found, joined(heads, [tail, f"{tail} inches", f"and {tail} inches"]))


def _inches(found: re.Match[str]) -> list[Short]:
    return as_one(found, joined(number(found["length"]), ["inches", "inch"]))


def _degrees(found: re.Match[str]) -> list[Short]:
    scale = (found["scale_of_heat"] or "").upper()
    names = {"C": ["celsius", "c", "centigrade", ""], "F": ["fahrenheit", "f", ""]}.get(scale, [""])
    return as_one(
        found, joined(_signed(found["heat"]), [f"{d} {name}" for name in names for d in ("degrees", "degree")])
    )


def _decade(found: re.Match[str]) -> list[Short]:
    century, tens = found["century"] or "", int(found["tens"][0])
    plural = f"{numbers.TENS[tens][:-1]}ies" if tens > 1 else ("tens" if tens else "hundreds")
    head = cardinal(int(century)) if century else ""
    if century == "20" and not tens:
        return as_one(found, ["two thousands", "twenty hundreds"])
    return as_one(found, [f"{head} {plural}", plural, f"the {plural}"])


def _ordinal(found: re.Match[str]) -> list[Short]:
    value = int(found["nth"].replace(",", ""))
    ways = ordinals(value) if len(str(value)) <= numbers.MOST_DIGITS else numbers.digits_apart(str(value))
    return as_one(found, [*ways, *(f"the {way}" for way in ways)] if _beside_month(found) else ways)


def _beside_month(found: re.Match[str]) -> bool:
    text = found.string
    before, after = text[max(0, found.start() - 14) : found.start()], text[found.end() : found.end() + 18]
    return bool(
        re.search(rf"\b(?:{_MONTH})\.?\s+(?:the\s+)?$", before, re.IGNORECASE)
        or re.match(rf"\s+(?:of\s+)?(?:{_MONTH})\b", after, re.IGNORECASE)
    )


def _times(found: re.Match[str]) -> list[Short]:
    return as_one(found, joined(number(found["fold"]), ["times", "x"]))


def _cross(found: re.Match[str]) -> list[Short]:
    first, *others = re.split(r"\s?[x×]\s?", found["sides"])
    ways = [[each for other in others for each in (link, number(other)[0])] for link in ("by", "times", "x")]
    return as_one(found, joined(number(first)[:2], [" ".join(way) for way in ways]))


def _ratio(found: re.Match[str]) -> list[Short]:
    first, second = found["ratio"].split(":")
    return as_one(found, joined(number(first)[:2], ["to", "", "colon"], number(second)[:2]))


def _quantity(found: re.Match[str]) -> list[Short]:
    amount, unit = found["amount"], found["unit"]
    names = UNITS[unit]
    place = found.end() - len(unit)
    return [
        Short(found.start(), found.start() + len(amount), tuple(_linked(found, _signed(amount)))),
        Short(place, found.end(), names),
    ]


def _plain(found: re.Match[str]) -> list[Short]:
    ways = _signed(found["plain"])
    if _beside_month(found) and found["plain"].isdigit() and int(found["plain"]) <= 31:
        nth = ordinals(int(found["plain"]))
        return as_one(found, [ways[0], *nth, *(f"the {way}" for way in nth), *ways[1:]])
    return as_one(found, _linked(found, ways))


def _linked(found: re.Match[str], ways: list[str]) -> list[str]:
    """Adds the ways in which a sign between this number and the one before is said with it."""
    before = found.string[max(0, found.start() - 6) : found.start()]
    sign = re.search(r"(\d+)(\s*)([-−–—])(\s*)$|(#)\s?$", before)
    if sign is None:
        return ways
    if sign[5]:
        return [*joined(["number", "hashtag", "hash"], ways[:2]), *ways]
    if sign[2] and sign[4]:
        return [*ways[:4], *joined(["minus", "take away", "to", "less"], ways[:1])]
    if len(sign[1]) == 3:  # the first group of a telephone number
        return ways
    return [*ways[:6], *joined(["to", "minus", "dash"], ways[:1])]


#: the more special first
NUMBER_KINDS: Kinds = {
    "money": (
        rf"(?:(?P<land>(?<![A-Za-z])(?:US|AU?|CA?|NZ|HK)))?(?P<sign>[$£€¥₹₽₩₺₱])\s?(?P<sum>{_NUMBER}|\.\d+)(?:\s?(?P<scale>k|K|[mM]|bn|[bB]|thousand|million|billion|trillion){END})?"
        rf"|{FREE}(?P<sum_after>{_NUMBER})\s?(?P<sign_after>[€¢£]){END}",
        _money_of_a_land,
    ),
    "percent": (rf"{FREE}(?P<share>[-−]?{_NUMBER})\s?%", _percent),
    "clock": (
        rf"{FREE}(?P<hour>[01]?\d|2[0-4]):(?P<minute>[0-5]\d)(?::(?P<second>[0-5]\d))?(?![\d:])"
        rf"(?:\s?(?P<half>[AaPp])(?:\.[Mm]\.|[Mm]{END}))?",
        _clock,
    ),
    "dotted clock": (
        rf"{FREE}(?P<hour>[01]?\d|2[0-4])\.(?P<minute>[0-5]\d)(?P<second>(?!))?"
        rf"\s?(?P<half>[AaPp])(?:\.[Mm]\.|[Mm]{END})",
        _clock,
    ),
    "hour": (rf"{FREE}(?P<full_hour>1[0-2]|0?[1-9])\s?(?P<full_half>[AaPp])(?:\.[Mm]\.|[Mm]{END})", _hour),
    "date": (
        rf"{FREE}(?P<a>\d{{1,2}})(?P<sep>[/.-])(?P<b>\d{{1,2}})(?P=sep)(?P<y1>\d{{4}}|\d\d)(?![\w/])"
        rf"|{FREE}(?P<y2>\d{{4}})-(?P<m2>[01]\d)-(?P<d2>[0-3]\d){END}",
        _date,
    ),
    "mixed": (
        rf"{FREE}(?P<whole>\d+)[ -](?P<top>\d{{1,3}})[/⁄](?P<bottom>[1-9]\d{{0,2}})(?![\w/])"
        rf"|(?P<whole_before>\d*)\s?(?P<vulgar>[{''.join(_VULGAR)}])",
        _mixed,
    ),
    "fraction": (rf"{FREE}(?P<over>\d{{1,3}})[/⁄](?P<under>[1-9]\d{{0,2}})(?![\w/])", _fraction),
    "feet": (
        rf"{FREE}(?P<feet>\d{{1,2}})\s?[′'](?:\s?(?P<inches>\d{{1,2}})\s?(?:[\"″”]|'')?{END}|(?<=[′']){END})",
        _feet,
    ),
    "inches": (rf"{FREE}(?P<length>{_NUMBER})\s?″", _inches),
    "degrees": (rf"{FREE}(?P<heat>[-−]?{_NUMBER})\s?°(?:\s?(?P<scale_of_heat>[CFcf]){END})?", _degrees),
    "decade": (rf"(?<!\w)'?(?P<century>\d\d)?(?P<tens>\d0)'?s{END}", _decade),
    "ordinal": (rf"{FREE}(?P<nth>\d{{1,3}}(?:,\d{{3}})+|\d+)(?:st|nd|rd|th){END}", _ordinal),
    "cross": (rf"{FREE}(?P<sides>{_NUMBER}(?:\s?[x×]\s?{_NUMBER})+){END}", _cross),
    "times": (rf"{FREE}(?P<fold>{_NUMBER})[x×]{END}", _times),
    "ratio": (rf"{FREE}(?P<ratio>\d+:\d+)(?![\w:])", _ratio),
    "quantity": (rf"{FREE}(?P<amount>(?<![\w)])[-−+]?{_NUMBER})[\s-]?(?P<unit>{_UNIT})(?![\w'])", _quantity),
    "plain": (rf"(?<![\w.,])(?P<plain>(?:(?<![\w)\]])[-−+](?=[\d.]))?(?:{_NUMBER}|\.\d+))(?![\w])", _plain),
}
