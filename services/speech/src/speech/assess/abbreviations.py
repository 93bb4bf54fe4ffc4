"""Lists what is written short: signs, units, money and abbreviations, each with the right ways of saying it."""

from collections.abc import Mapping

Ways = tuple[str, ...]


def _table(text: str) -> Mapping[str, Ways]:
    """Reads lines of `short: one way, another way`."""
    rows = (line.split(": ", 1) for line in text.strip().splitlines())
    return {short.strip(): tuple(way.strip() for way in ways.split(",")) for short, ways in rows}


#: signs that stand alone or between words
SIGNS = _table("""
&: and, ampersand
@: at
+: plus, and
=: equals, is, is equal to, makes
%: percent
×: times, by, multiplied by
÷: divided by, over
±: plus or minus
−: minus
√: square root of, the square root of, root
§: section
→: to, arrow
№: number
π: pi
""")

#: units behind a number, in singular and plural
UNITS = _table("""
km/h: kilometers per hour, kilometers an hour, k p h, k m h
kmh: kilometers per hour, kilometers an hour, k p h, k m h
kph: kilometers per hour, kilometers an hour, k p h
mph: miles per hour, miles an hour, m p h
m/s: meters per second, meters a second
km²: square kilometers, square kilometer
km2: square kilometers, square kilometer
m2: square meters, square meter, meters squared
cm2: square centimeters, square centimeter, centimeters squared
m3: cubic meters, cubic meter, meters cubed
sq ft: square feet, square foot
sq km: square kilometers, square kilometer
sq m: square meters, square meter
fl oz: fluid ounces, fluid ounce
m²: square meters, square meter, meters squared
cm²: square centimeters, square centimeter, centimeters squared
m³: cubic meters, cubic meter, meters cubed
cm³: cubic centimeters, cubic centimeter, centimeters cubed
km: kilometers, kilometer, k, k m
cm: centimeters, centimeter, c m
mm: millimeters, millimeter, m m
m: meters, meter, million, m
kg: kilograms, kilogram, kilos, kilo, k g
mg: milligrams, milligram, m g
g: grams, gram, g
t: tons, ton, t
lbs: pounds, pound
lb: pounds, pound
oz: ounces, ounce
ft: feet, foot
in: in, inches, inch
yd: yards, yard
yds: yards, yard
mi: miles, mile
l: liters, liter, l
L: liters, liter, l
ml: milliliters, milliliter, mills, m l
mL: milliliters, milliliter, mills, m l
cl: centiliters, centiliter
pt: pints, pint, points
qt: quarts, quart
gal: gallons, gallon
tsp: teaspoons, teaspoon
tbsp: tablespoons, tablespoon
hrs: hours, hour
hr: hours, hour
h: hours, hour, h
mins: minutes, minute
min: minutes, minute, min
secs: seconds, second
sec: seconds, second, sec
s: seconds, second, s
ms: milliseconds, millisecond
yrs: years, year
yr: years, year
KB: kilobytes, kilobyte, k b
MB: megabytes, megabyte, megs, m b
GB: gigabytes, gigabyte, gigs, g b
TB: terabytes, terabyte, t b
Hz: hertz
kHz: kilohertz
MHz: megahertz
GHz: gigahertz
W: watts, watt, w
kW: kilowatts, kilowatt
V: volts, volt, v
kcal: kilocalories, calories
k: thousand, k
K: thousand, k
bn: billion
p: pence, p
rpm: revolutions per minute, r p m
bpm: beats per minute, b p m
kWh: kilowatt hours, kilowatt hour
pm: p m
am: a m, am
""")

#: what a sum of money is called: one, several, its hundredth part, several of them
MONEY: Mapping[str, tuple[Ways, Ways, str, str]] = {
    "$": (("dollar", "buck"), ("dollars", "bucks"), "cent", "cents"),
    "£": (("pound", "quid"), ("pounds", "quid"), "penny", "pence"),
    "€": (("euro",), ("euros", "euro"), "cent", "cents"),
    "¥": (("yen",), ("yen",), "", ""),
    "¢": (("cent",), ("cents",), "", ""),
    "₹": (("rupee",), ("rupees",), "", ""),
    "₽": (("ruble",), ("rubles",), "", ""),
    "₩": (("won",), ("won",), "", ""),
    "₺": (("lira",), ("lira", "liras"), "", ""),
    "₱": (("peso",), ("pesos",), "", ""),
}
AMOUNTS = {"k": "thousand", "m": "million", "bn": "billion", "b": "billion"}

#: abbreviations with or without a full stop
ABBREVIATIONS = _table("""
vs: versus, v s, against, v
e.g: for example, e g, for instance, example given
eg: for example, e g, for instance
i.e: that is, i e, that is to say
ie: that is, i e, that is to say
etc: et cetera, and so on, and so forth, e t c
mr: mister
mrs: missus, misses
ms: miz, miss, m s
dr: doctor, drive
prof: professor, prof
jr: junior
sr: senior, sister
st: saint, street
mt: mount, mountain
ave: avenue
blvd: boulevard
rd: road
ln: lane
hwy: highway
apt: apartment
dept: department
approx: approximately, approx
govt: government
capt: captain
lt: lieutenant
sgt: sergeant
gen: general
gov: governor
sen: senator
rev: reverend
hon: honorable
inc: incorporated, inc
ltd: limited
co: company, co
corp: corporation, corp
vol: volume
fig: figure, fig
ch: chapter
pg: page
pp: pages
max: maximum, max
misc: miscellaneous
tel: telephone, tel
ft: feet, foot, fort, featuring
no: number, no
a.m: a m, in the morning
p.m: p m, in the afternoon, in the evening
p.s: p s, postscript
b.c: b c, before christ
a.d: a d
w/o: without
w/: with
b/c: because
ok: okay
www: w w w, triple w, dub dub dub
ph.d: p h d, doctor of philosophy
phd: p h d
aka: a k a, also known as
a.k.a: a k a, also known as
asap: a s a p, as soon as possible, asap
diy: d i y, do it yourself
xmas: christmas, x mas
et al: et al, and others
esp: especially
incl: including, included
viz: namely, viz
ca: circa, about
p: page, p
cf: compare, c f
""")
#: those that are words of their own unless a full stop follows
ONLY_DOTTED = frozenset("no co inc gen sen rev max vol ch fig st ms ave hon sr mt ln ft lt apt p ca esp incl".split())

#: days of the week, which are words of their own unless a full stop or a date follows
DAYS = {
    "mon": "monday",
    "tue": "tuesday",
    "tues": "tuesday",
    "wed": "wednesday",
    "thu": "thursday",
    "thur": "thursday",
    "thurs": "thursday",
    "fri": "friday",
    "sat": "saturday",
    "sun": "sunday",
}
MONTHS = dict(
    zip(
        "jan feb mar apr may jun jul aug sep oct nov dec".split(),
        "january february march april may june july august september october november december".split(),
        strict=True,
    )
)
