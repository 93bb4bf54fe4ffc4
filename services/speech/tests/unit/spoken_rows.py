"""Lists what is written short, in sentences, with right ways of saying it: for tests and for docs/spoken-forms.md."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    """Holds a sentence in which `{}` stands for `written`, and the ways of saying that."""

    sentence: str
    written: str
    spoken: tuple[str, ...]


def _rows(text: str) -> list[Row]:
    rows = (line.split(" | ") for line in text.strip().splitlines())
    return [Row(sentence, written, tuple(spoken.split("; "))) for sentence, written, spoken in rows]


ROWS = _rows("""
They moved here in {} with a dog. | 1984 | nineteen eighty four; nineteen hundred and eighty four
They moved here in {} with a dog. | 1905 | nineteen oh five; nineteen hundred and five
They moved here in {} with a dog. | 2024 | twenty twenty four; two thousand and twenty four
They moved here in {} with a dog. | 2005 | two thousand five; two thousand and five; twenty oh five
My mother likes the music of the {} best. | 1990s | nineteen nineties; nineties
My mother likes the music of the {} best. | '80s | eighties
She counted {} sheep before lunch. | 1,500 | one thousand five hundred; fifteen hundred
She counted {} sheep before lunch. | 101 | one hundred one; a hundred and one; one hundred and one
She counted {} sheep before lunch. | 42 | forty two
She counted {} sheep before lunch. | 12,345 | twelve thousand three hundred forty five; twelve thousand three hundred and forty five
The red bike costs {} in the shop. | $5 | five dollars; five bucks
The red bike costs {} in the shop. | $3.50 | three dollars and fifty cents; three dollars fifty; three fifty
The red bike costs {} in the shop. | $1.5 million | one point five million dollars; one and a half million dollars
The red bike costs {} in the shop. | £20 | twenty pounds; twenty quid
The red bike costs {} in the shop. | €7.20 | seven euros twenty; seven euros and twenty cents
The red bike costs {} in the shop. | 99¢ | ninety nine cents
We ate {} of the apple pie. | 1/2 | one half; a half; half
We ate {} of the apple pie. | 3/4 | three quarters; three fourths
We ate {} of the apple pie. | ⅔ | two thirds
The recipe needs {} cups of flour. | 2 1/2 | two and a half
The recipe needs {} cups of flour. | 1½ | one and a half
About {} of them can swim. | 50% | fifty percent
About {} of them can swim. | 3.5% | three point five percent
The number is {} in this book. | 3.14 | three point one four; three point fourteen
The number is {} in this book. | 0.5 | zero point five; point five; nought point five
The bag weighs {} without the books. | 5 kg | five kilograms; five kilos
The car went {} down the hill. | 60 km/h | sixty kilometers per hour; sixty kilometers an hour
The car went {} down the hill. | 30 mph | thirty miles per hour; thirty miles an hour
My brother is {} in his shoes. | 5'10" | five feet ten; five foot ten; five feet ten inches
It was {} outside in the morning. | -5°C | minus five degrees celsius; negative five degrees celsius
It was {} outside in the morning. | 72°F | seventy two degrees; seventy two degrees fahrenheit
King {} had six wives in all. | Henry VIII | henry the eighth
My granny was a child in {} and after. | World War II | world war two
Please read {} again tonight. | chapter IV | chapter four
Please call {} before dinner. | 555-1234 | five five five one two three four; five five five twelve thirty four
My secret agent is {} today. | 007 | double oh seven; zero zero seven; oh oh seven
The cats {} the dogs was a good game. | vs. | versus; against
Take some fruit, {} a pear or a plum. | e.g. | for example; for instance
The big cat, {} the lion, is asleep. | i.e. | that is
Bring pens, paper, {} to the class. | etc. | et cetera; and so on
I went to see {} about my tooth. | Dr. Brown | doctor brown
He came in {} and got a ribbon. | 1st | first
On the {} day we all went home. | 21st | twenty first
School starts at {} on Monday. | 8:30 | eight thirty; half past eight
School starts at {} on Monday. | 10:00 | ten o'clock; ten
The train leaves at {} from here. | 3:45 pm | three forty five p m; quarter to four in the afternoon
Our party is on {} this year. | July 4 | july fourth; july four; july the fourth
Our party is on {} this year. | 12/25/2024 | december twenty fifth twenty twenty four; the twenty fifth of december twenty twenty four
We need {} eggs for the cake. | 5-10 | five to ten
The answer is {} my friend. | 7 - 3 | seven minus three; seven take away three
The answer is {} my friend. | 3 × 4 | three times four
They built a room of {} feet. | 4x4 | four by four
The shop is open {} for you. | 24/7 | twenty four seven
He {} like the soup at all. | don`t | don't
They {} been there all day long. | should’ve | should’ve
Nobody knows what {} done it for. | they´d | they'd
You and {} songs are fun to sing. | rock 'n' roll | rock and roll
She watches the {} with her father. | TV | t v
My uncle works for {} in Texas. | NASA | nasa
He lives in the {} with his aunt. | U.S.A. | u s a
""")  # noqa: E501 (a row is a line)
