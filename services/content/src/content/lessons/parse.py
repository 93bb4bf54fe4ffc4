"""Makes the typed lesson of a file, with all mistakes of the file at once.

Seed, import, administration and tests use this one parser. What depends on other lessons is in `across`.
"""

from __future__ import annotations

from dataclasses import dataclass

from content.lessons.article import Article
from content.lessons.findings import Finding, Refused, bounded
from content.lessons.front_matter import SourceFile, read_file
from content.lessons.leaks import told_by
from content.lessons.lesson import Lesson
from content.lessons.markdown import read_text
from content.lessons.rules import Leaks, check_exercises
from content.lessons.shape import article_of, lesson_of
from content.lessons.text_rules import check_article_text, check_text, warn_of_text

#: the kind of entries that learners work through; all others are articles
LESSON = "lesson"


@dataclass(frozen=True, slots=True)
class Parsed:
    """Holds what became of a file. `lesson` is None while its fields are not as they have to be.

    A lesson with `problems` is kept as a draft and never published.
    """

    source: str
    file: SourceFile | None
    lesson: Lesson | None
    problems: tuple[Finding, ...] = ()
    #: what became of a file that is no lesson
    article: Article | None = None

    @property
    def key(self) -> str | None:
        """Returns the key of what it became."""
        made = self.lesson or self.article
        return None if made is None else made.key

    def warnings(self) -> list[Finding]:
        """Returns what an author should look at, though it stops nothing."""
        if self.file is None or self.lesson is None:
            return []
        return sorted(warn_of_text(self.file, self.lesson, read_text(self.lesson.text)), key=_place)


def parse(source: str, leaks: Leaks = told_by) -> Parsed:
    """Parses a file. It never raises: a file that cannot be read at all has the problems that say so."""
    try:
        file = read_file(source)
    except Refused as refused:
        return Parsed(source, None, None, refused.findings)
    made = lesson_of(file)
    if isinstance(made, list):
        return Parsed(source, file, None, bounded(sorted(made, key=_place)))
    text = read_text(made.text)
    problems = [*_own_fields(file, made), *check_exercises(file, made, leaks), *check_text(file, made, text)]
    return Parsed(source, file, made, bounded(sorted(problems, key=_place)))


def parse_article(source: str) -> Parsed:
    """Parses the file of an announcement, a question or a page. It never raises either."""
    try:
        file = read_file(source)
    except Refused as refused:
        return Parsed(source, None, None, refused.findings)
    made = article_of(file)
    if isinstance(made, list):
        return Parsed(source, file, None, tuple(sorted(made, key=_place)))
    problems = check_article_text(file, read_text(made.text))
    return Parsed(source, file, None, tuple(sorted(problems, key=_place)), made)


def parse_kind(kind: str, source: str) -> Parsed:
    """Parses the file of an entry of some kind."""
    return parse(source) if kind == LESSON else parse_article(source)


def _own_fields(file: SourceFile, lesson: Lesson) -> list[Finding]:
    found = []
    if lesson.key.partition("/")[0] != lesson.topic:
        found.append(file.finding(("key",), "key", "The key begins with the topic and “/”."))
    if lesson.key in lesson.requires:
        found.append(file.finding(("requires",), "requires", "A lesson cannot require itself."))
    names = [each.name for each in lesson.media]
    if len(set(names)) < len(names):
        found.append(file.finding(("media",), "picture", "Each picture stands in “media” once."))
    return found


def _place(finding: Finding) -> tuple[int, str]:
    return finding.line, finding.path
