"""Holds the rules of a lesson's text: where exercises stand, links and pictures, how long and how hard it is."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from content.exercises import exercise as kinds
from content.exercises.exercise import Exercise
from content.exercises.scoring.text import normalised
from content.lessons.findings import Finding
from content.lessons.front_matter import SourceFile
from content.lessons.lesson import Lesson
from content.lessons.markdown import MEDIA, Target, Text
from content.lessons.readability import WORDS_A_MINUTE, grade, words_in

#: the hardest grade, and by what share the minutes may be off, before somebody is warned
HARDEST_GRADE, MINUTES_OFF = 10.0, 0.5
#: minutes that an exercise takes
EXERCISE_MINUTES = 1.0
_HTTPS = re.compile(r"^https://[^\s/]+\.[^\s]+$", re.IGNORECASE)


def check_text(file: SourceFile, lesson: Lesson, text: Text) -> Iterator[Finding]:
    """Yields what is wrong with the text of a lesson."""
    yield from _placed(file, lesson, text)
    for target in text.targets:
        message = _target(target, {each.name for each in lesson.media})
        if message is not None:
            yield _at(file, target.line, "picture" if target.picture else "link", message)
    for line in text.raw_html:
        yield _at(file, line, "raw-html", "Raw HTML is not read; write CommonMark, or put it into code marks.")
    if not words_in(text.words):
        yield _at(file, 0, "text", "A lesson has a text.")


def check_article_text(file: SourceFile, text: Text) -> Iterator[Finding]:
    """Yields what is wrong with the text of an article, which has neither exercises nor pictures."""
    for each in text.placed:
        yield _at(file, each.line, "placement", "Exercises stand in lessons alone.")
    for target in text.targets:
        if target.picture:
            yield _at(file, target.line, "picture", "Pictures are shown in lessons alone.")
        elif not _HTTPS.match(target.url):
            yield _at(file, target.line, "link", "A link leads to “https:”.")
    for line in text.raw_html:
        yield _at(file, line, "raw-html", "Raw HTML is not read; write CommonMark, or put it into code marks.")
    if not words_in(text.words):
        yield _at(file, 0, "text", "There is no text.")


def warn_of_text(file: SourceFile, lesson: Lesson, text: Text) -> Iterator[Finding]:
    """Yields what an author should look at, though it stops nothing."""
    found = grade(text.words)
    if found > HARDEST_GRADE:
        message = f"The text is hard to read: grade {found:.1f} by Flesch-Kincaid, {HARDEST_GRADE:g} is wanted at most."
        yield _at(file, 0, "readability", message)
    likely = len(words_in(text.words)) / WORDS_A_MINUTE + EXERCISE_MINUTES * len(lesson.exercises)
    if abs(lesson.minutes - likely) > MINUTES_OFF * likely:
        yield file.finding(("minutes",), "minutes", f"By its words and exercises it takes {likely:.0f} minutes.")
    shown = {target.url.removeprefix(MEDIA) for target in text.targets if target.picture}
    for number, picture in enumerate(lesson.media):
        if picture.name not in shown:
            yield file.finding(("media", number), "picture", f"“{picture.name}” is not shown in the text.")


def _placed(file: SourceFile, lesson: Lesson, text: Text) -> Iterator[Finding]:
    times = Counter(each.exercise for each in text.placed)
    known = {each.id: each for each in lesson.exercises}
    for number, exercise in enumerate(lesson.exercises):
        if times[exercise.id] != 1:
            how = "nowhere" if not times[exercise.id] else f"{times[exercise.id]} times"
            message = f"{{{{exercise: {exercise.id}}}}} stands {how} in the text; it must stand there once."
            yield file.finding(("exercises", number), "placement", message)
    for each in text.placed:
        if each.exercise not in known:
            yield _at(file, each.line, "placement", f"There is no exercise “{each.exercise}”.")
        elif _tells(known[each.exercise], each.around):
            message = (
                "The paragraph that the exercise stands in holds its answer; leave a blank line and say it elsewhere."
            )
            yield _at(file, each.line, "answer-near", message)
    for line in text.stray:
        yield _at(file, line, "placement", "The place of an exercise stands on a line of its own.")


def _tells(exercise: Exercise, around: str) -> bool:
    """Tells whether the words around an exercise hold an accepted answer."""
    if isinstance(exercise, kinds.FreeText):
        answers = exercise.accepted
    elif isinstance(exercise, kinds.FillBlank):
        answers = tuple(text for accepted in exercise.blanks for text in accepted)
    else:
        return False
    words = f" {' '.join(normalised(each) for each in around.split())} "
    return any(f" {normalised(answer)} " in words for answer in answers if normalised(answer))


def _target(target: Target, pictures: set[str]) -> str | None:
    name = target.url.removeprefix(MEDIA)
    if target.url.startswith(MEDIA) and name in pictures:
        return None
    if target.url.startswith(MEDIA):
        return f"“{name[:80]}” is not among the pictures in “media”."
    if target.picture:
        return "A picture is shown from “media:”, with its name in “media” of the front matter."
    return None if _HTTPS.match(target.url) else "A link leads to “https:” or “media:”."


def _at(file: SourceFile, line: int, rule: str, message: str) -> Finding:
    return Finding(path="text", line=file.body_line + line, rule=rule, message=message)
