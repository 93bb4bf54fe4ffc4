"""Defines what a lesson's file may hold, field by field, and makes the typed lesson of it."""

from __future__ import annotations

from typing import Annotated, Any, Literal, get_args

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from chassis.web.validation import words_of
from content.exercises.exercise import POINTS, Exercise, ExerciseType, exercise_of
from content.exercises.ids import item_id
from content.lessons.article import Article
from content.lessons.findings import Finding
from content.lessons.front_matter import SourceFile
from content.lessons.lesson import KEY, SLUG, TOPIC, TOPIC_MAX, Difficulty, Language, Lesson

#: characters of a text: a parser of Markdown takes time by their square at worst, here a tenth of a second
MOST_TEXT = 40_000
_SCALARS = {"string_type": "must be a text: put it into quotes"}


def _said(text: str) -> str:
    if not text.strip():
        raise ValueError("must say something")
    return text.strip()


_Said = AfterValidator(_said)
Short = Annotated[str, Field(max_length=100), _Said]
Line = Annotated[str, Field(max_length=200), _Said]
Prompt = Annotated[str, Field(max_length=500), _Said]
Long = Annotated[str, Field(max_length=1000), _Said]
Slug = Annotated[str, Field(pattern=f"^{SLUG}$", max_length=60)]
Key = Annotated[str, Field(pattern=KEY, max_length=121)]
Https = Annotated[str, Field(pattern=r"^https://[^\s/]+\.[^\s]+$", max_length=500)]
#: a file's name, which is also that in a link
PictureName = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9._-]*\.(png|jpe?g|webp|svg)$", max_length=80)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class _Option(_Part):
    text: Line
    correct: bool = False
    why: Prompt | None = None


class _Exercise(_Part):
    id: Slug
    prompt: Prompt
    points: Annotated[int, Field(ge=1, le=100)] = POINTS
    hints: Annotated[list[Prompt], Field(min_length=3, max_length=3)]
    explanation: Long


class _Choice(_Exercise):
    type: Literal["multiple_choice"]
    options: Annotated[list[_Option], Field(min_length=2, max_length=8)]


class _Select(_Exercise):
    type: Literal["multiple_select"]
    options: Annotated[list[_Option], Field(min_length=2, max_length=8)]
    choose: Annotated[int, Field(ge=1, le=8)] | None = None


class _TrueFalse(_Exercise):
    type: Literal["true_false"]
    answer: bool


class _Ordering(_Exercise):
    type: Literal["ordering"]
    items: Annotated[list[Line], Field(min_length=3, max_length=8)]


class _Matching(_Exercise):
    type: Literal["matching"]
    pairs: Annotated[list[Annotated[list[Line], Field(min_length=2, max_length=2)]], Field(min_length=3, max_length=8)]


class _Blanks(_Exercise):
    type: Literal["fill_blank"]
    text: Long
    blanks: Annotated[
        list[Annotated[list[Line], Field(min_length=1, max_length=20)]], Field(min_length=1, max_length=8)
    ]
    typos: Annotated[int, Field(ge=0, le=1)] = 0
    refused: Annotated[list[Line], Field(max_length=20, alias="not")] = []


class _FreeText(_Exercise):
    type: Literal["free_text"]
    accepted: Annotated[list[Line], Field(min_length=1, max_length=20)]
    typos: Annotated[int, Field(ge=0, le=1)] = 0
    refused: Annotated[list[Line], Field(max_length=20, alias="not")] = []
    max_length: Annotated[int, Field(ge=1, le=500)] = 200


class _Numeric(_Exercise):
    type: Literal["numeric"]
    value: Annotated[float, Field(allow_inf_nan=False)]
    tolerance: Annotated[float, Field(ge=0, allow_inf_nan=False)] = 0.0
    unit: Annotated[str, Field(min_length=1, max_length=20)] | None = None


class _FlashCard(_Exercise):
    type: Literal["flash_card"]
    front: Prompt
    back: Long


_AnyExercise = Annotated[
    _Choice | _Select | _TrueFalse | _Ordering | _Matching | _Blanks | _FreeText | _Numeric | _FlashCard,
    Field(discriminator="type"),
]


class _Source(_Part):
    title: Line
    url: Https


class _Picture(_Part):
    name: PictureName
    alt: Prompt
    licence: Short


class _File(_Part):
    key: Key
    title: Short
    topic: Annotated[str, Field(pattern=TOPIC, max_length=TOPIC_MAX)]
    sequence: Annotated[int, Field(ge=1, le=999)]
    difficulty: Difficulty
    minutes: Annotated[int, Field(ge=1, le=120)]
    language: Language = "en"
    summary: Annotated[str, Field(max_length=300), _Said]
    requires: Annotated[list[Key], Field(max_length=20)] = []
    sources: Annotated[list[_Source], Field(max_length=20)] = []
    media: Annotated[list[_Picture], Field(max_length=20)] = []
    exercises: Annotated[list[_AnyExercise], Field(max_length=20)]


class _Article(_Part):
    key: Slug
    title: Short
    summary: Annotated[str, Field(max_length=300)] = ""
    language: Language = "en"


def lesson_of(file: SourceFile) -> Lesson | list[Finding]:
    """Returns the lesson of a file, or all fields that are not as they have to be."""
    if wrong := _too_long(file):
        return wrong
    try:
        read = _File.model_validate(file.fields)
    except ValidationError as error:
        return [_finding(file, each) for each in error.errors(include_url=False)]
    fields = read.model_dump(exclude={"exercises"})
    exercises = [_made(read.key, each) for each in read.exercises]
    return Lesson.model_validate({**fields, "exercises": exercises, "text": file.body}, strict=False)


def article_of(file: SourceFile) -> Article | list[Finding]:
    """Returns the article of a file, or all fields that are not as they have to be."""
    if wrong := _too_long(file):
        return wrong
    try:
        read = _Article.model_validate(file.fields)
    except ValidationError as error:
        return [_finding(file, each) for each in error.errors(include_url=False)]
    return Article(**read.model_dump(), text=file.body)


def _too_long(file: SourceFile) -> list[Finding]:
    if len(file.body) <= MOST_TEXT:
        return []
    message = f"The text has {len(file.body):,} characters; {MOST_TEXT:,} are read at most."
    return [Finding(path="text", line=file.body_line, rule="too-long", message=message)]


def _made(key: str, read: _Exercise) -> Exercise:
    """Returns an exercise with the ids of its options and items."""
    fields = read.model_dump()

    def item(text: str, side: str = "") -> dict[str, str]:
        return {"id": item_id(key, read.id, text, side), "text": text}

    match read:
        case _Choice() | _Select():
            fields["options"] = [{**each, **item(each["text"])} for each in fields["options"]]
        case _Ordering():
            fields["items"] = [item(each) for each in read.items]
        case _Matching():
            fields["pairs"] = [
                {"left": item(left, "left"), "right": item(right, "right")} for left, right in read.pairs
            ]
    return exercise_of(fields)


def _finding(file: SourceFile, error: Any) -> Finding:
    """Returns the finding of one of pydantic's errors, without the type that it puts behind an exercise's number."""
    path: list[str | int] = []
    for number, part in enumerate(error["loc"]):
        if not (number == 2 and path[0] == "exercises"):
            path.append(part)
    if error["type"] == "extra_forbidden":
        return file.finding(path, "field", f"“{str(path[-1])[:40]}” is no field here.")
    if error["type"] in ("union_tag_not_found", "union_tag_invalid"):
        return file.finding([*path, "type"], "field", f"“type” must be one of {', '.join(get_args(ExerciseType))}.")
    rule = {"hints": "hints", "explanation": "explanation", "key": "key", "topic": "topic"}.get(str(path[-1]), "field")
    words = _SCALARS.get(error["type"]) or words_of(error)
    return file.finding(path, rule, f"“{path[-1]}” {words}." if isinstance(path[-1], str) else f"It {words}.")
