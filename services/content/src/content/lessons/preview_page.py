"""Writes a lesson as a page to look at: what a learner sees, without a script, and without anything to answer."""

from __future__ import annotations

import re
from collections.abc import Mapping
from html import escape

from content.exercises import shown as kinds
from content.exercises.shown import AnyExerciseOut
from content.lessons.shown import LessonOut

_PLACE = re.compile(r'<div data-exercise="([A-Za-z0-9-]+)"></div>')
_STYLE = """
body { font: 1.05rem/1.6 system-ui, sans-serif; margin: 0; color: #1d2430; background: #fff; }
main { max-width: 42rem; margin: 0 auto; padding: 1rem; overflow-wrap: anywhere; }
.note { background: #fff3cd; border: 1px solid #b58900; border-radius: .5rem; padding: .5rem .8rem; }
.exercise { border: 1px solid #8792a5; border-radius: .5rem; padding: .2rem 1rem; margin: 1.2rem 0; }
img { max-width: 100%; height: auto; }
@media (prefers-color-scheme: dark) {
  body { color: #e8ecf3; background: #14181f; } a { color: #9cc4ff; }
  .note { background: #3a3010; }
}
"""


def page_of(lesson: LessonOut) -> str:
    """Returns the page of a lesson. All that an author wrote is escaped, or was sanitised when it was rendered."""
    exercises = {each.root.id: _exercise(each.root) for each in lesson.exercises}
    text = _PLACE.sub(lambda place: exercises.get(place[1], ""), lesson.content_html)
    sources = "".join(f'<li><a href="{escape(each.url)}">{escape(each.title)}</a></li>' for each in lesson.sources)
    about = f"{lesson.topic} · {lesson.difficulty} · {lesson.minutes} minutes"
    end = f"<h2>Sources</h2><ul>{sources}</ul>" if sources else ""
    head = f"<p>{escape(lesson.summary)}</p><p>{escape(about)}</p>"
    return _page(lesson.title, lesson.language, lesson.revision, f"{head}{text}{end}")


def page_of_article(article: Mapping[str, str], html: str, revision: int) -> str:
    """Returns the page of an article."""
    return _page(article["title"], article["language"], revision, f"<p>{escape(article['summary'])}</p>{html}")


def _page(title: str, language: str, revision: int, content: str) -> str:
    return f"""<!doctype html>
<html lang="{escape(language)}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex, nofollow">
<title>Preview: {escape(title)}</title>
<style>{_STYLE}</style>
</head>
<body>
<main>
<p class="note">Preview of revision {revision}. This page is there for an hour, and nothing is recorded.</p>
<h1>{escape(title)}</h1>
{content}
</main>
</body>
</html>
"""


def _exercise(exercise: AnyExerciseOut) -> str:
    label = escape(exercise.type.replace("_", " "))
    return (
        f'<section class="exercise" aria-label="Exercise: {label}">'
        f"<p><strong>{escape(exercise.prompt)}</strong></p>{_body(exercise)}</section>"
    )


def _body(exercise: AnyExerciseOut) -> str:
    match exercise:
        case kinds.MultipleChoiceOut() | kinds.MultipleSelectOut():
            return _list(exercise.options)
        case kinds.OrderingOut():
            return _list(exercise.items)
        case kinds.MatchingOut():
            return _list(exercise.left) + _list(exercise.right)
        case kinds.TrueFalseOut():
            return "<ul><li>true</li><li>false</li></ul>"
        case kinds.FillBlankOut():
            return f"<p>{escape(re.sub('{[0-9]+}', '____', exercise.text))}</p>"
        case kinds.FlashCardOut():
            return f"<p>{escape(exercise.front)}</p>"
        case kinds.NumericOut():
            return f"<p>____ {escape(exercise.unit or '')}</p>"
        case _:
            return "<p>____</p>"


def _list(items: list[kinds.ItemOut]) -> str:
    return f"<ul>{''.join(f'<li>{escape(each.text)}</li>' for each in items)}</ul>"
