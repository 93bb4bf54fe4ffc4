"""Measures how somebody writes tweets, and says it: nothing that was not counted. Order “Tweets” owns it from here.

Measures are medians or shares of the tweets that were given. Sentences are for the reader; `measure` has the figures.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from types import MappingProxyType

from feedback.models.readability import sentences, words
from feedback.models.safety_text import is_common
from feedback.models.shapes import Topic, TweetStyle, TweetStyleInput

SOURCE = "rules/style-1"

_LINK = re.compile(r"https?://\S+")
_LABEL = re.compile(r"(?<!\w)[@#]\w+")
_EMOJI = re.compile("[\U0001f1e6-\U0001faff\u2600-\u27bf\u2b50\u2764]")
_LIST = re.compile(r"^\s*(?:[-*•→]|\d{1,2}[.)/])\s+", re.MULTILINE)
_LONGEST_NAME, _SHORTEST_TOPIC, _MOST = 80, 4, 5
#: a share of the tweets from which on something is a habit, and below which it is avoided
_HABIT, _RARE = 0.4, 0.05
#: tweets from which on the absence of something says something
_ENOUGH = 10


@dataclass(frozen=True, slots=True)
class Measure:
    """Holds a feature: its median over the tweets, the median distance from it, and its unit."""

    value: float
    mad: float
    unit: str


def _share(of: str, test: Callable[[str], bool]) -> float:
    found = words(of)
    return sum(map(test, found)) / len(found) if found else 0.0


def _has(pattern: re.Pattern[str]) -> Callable[[str], float]:
    return lambda tweet: float(pattern.search(tweet) is not None)


#: by name what is measured of one tweet, and its unit; `share` is 1 or 0 for a tweet, and of all tweets the mean
_FEATURES: Mapping[str, tuple[Callable[[str], float], str]] = MappingProxyType(
    {
        "characters": (lambda tweet: float(len(tweet)), "characters"),
        "sentences": (lambda tweet: float(len(sentences(tweet))), "sentences"),
        "word_length": (lambda tweet: sum(map(len, words(tweet))) / max(1, len(words(tweet))), "characters"),
        "small_start": (lambda tweet: float(tweet.lstrip()[:1].islower()), "share"),
        "capital_words": (lambda tweet: _share(tweet, lambda word: len(word) > 1 and word.isupper()), "share of words"),
        "questions": (_has(re.compile(r"[?？؟]")), "share"),
        "exclamations": (_has(re.compile(r"[!！]")), "share"),
        "dots": (_has(re.compile(r"\.{3}|…")), "share"),
        "dashes": (_has(re.compile(r"[–—]|\s-\s")), "share"),
        "no_full_stop": (lambda tweet: float(tweet.rstrip()[-1:].isalnum()), "share"),
        "line_breaks": (lambda tweet: float("\n" in tweet.strip()), "share"),
        "lists": (_has(_LIST), "share"),
        "links": (_has(_LINK), "share"),
        "mentions": (_has(re.compile(r"(?<!\w)@\w")), "share"),
        "hashtags": (_has(re.compile(r"(?<!\w)#\w")), "share"),
        "emoji": (_has(_EMOJI), "share"),
    }
)
#: habits, as what to do and what not to do
_HABITS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "small_start": ("Begin with a small letter.", "Do not begin with a small letter."),
        "questions": ("Ask questions.", "Ask no questions."),
        "exclamations": ("Use exclamation marks.", "Use no exclamation marks."),
        "dots": ("Let sentences trail off with dots.", "Use no trailing dots."),
        "no_full_stop": ("Leave out the last full stop.", "End with a full stop or another sign."),
        "line_breaks": ("Break lines.", "Stay on one line."),
        "lists": ("Write lists.", "Write no lists."),
        "links": ("Put in links.", "Put in no links."),
        "hashtags": ("Use hashtags.", "Use no hashtags."),
        "emoji": ("Use emoji.", "Use no emoji."),
    }
)
_MOST_HABITS = 8


def measure(tweets: Sequence[str]) -> dict[str, Measure]:
    """Returns the features of tweets, at least one, by name."""
    found = {}
    for name, (feature, unit) in _FEATURES.items():
        values = [feature(tweet) for tweet in tweets]
        middle = sum(values) / len(values) if unit == "share" else median(values)
        found[name] = Measure(middle, median(abs(value - middle) for value in values), unit)
    vocabulary = [word.casefold() for tweet in tweets for word in words(_bare(tweet))]
    found["different_words"] = Measure(len(set(vocabulary)) / max(1, len(vocabulary)), 0.0, "share of words")
    return found


def describe(given: TweetStyleInput) -> TweetStyle:
    """Describes tweets by what was measured of them."""
    tweets = given.tweets
    features = measure(tweets)
    habits = [(name, features[name].value) for name in _HABITS]
    do = [_HABITS[name][0] for name, share in sorted(habits, key=lambda each: -each[1]) if share >= _HABIT]
    dont = [_HABITS[name][1] for name, share in habits if share <= _RARE and len(tweets) >= _ENOUGH]
    opening = _openings(tweets)
    if opening:
        do.append("Open with " + ", ".join(f"“{word}”" for word in opening) + ".")
    return TweetStyle(
        summary=_summary(tweets, features),
        do=tuple(do[:_MOST_HABITS]),
        dont=tuple(dont[:_MOST_HABITS]),
        topics=_topics(tweets),
        examples=_typical(tweets, features),
    )


def _summary(tweets: Sequence[str], features: Mapping[str, Measure]) -> str:
    characters, of = round(features["characters"].value), features["sentences"].value
    many = f"{len(tweets)} tweets were" if len(tweets) > 1 else "One tweet was"
    parts = "one sentence" if of <= 1 else f"{of:g} sentences"
    asked, loud = round(100 * features["questions"].value), round(100 * features["exclamations"].value)
    return (
        f"{many} measured: {characters} characters and {parts} in the middle. "
        f"{asked} % ask a question, {loud} % have an exclamation mark."
    )


def _bare(tweet: str) -> str:
    return _LABEL.sub(" ", _LINK.sub(" ", tweet))


def _openings(tweets: Sequence[str]) -> list[str]:
    """Returns the words with which several tweets begin."""
    first = Counter(found[0].casefold() for tweet in tweets if (found := words(_bare(tweet))))
    often = max(2, round(len(tweets) / 10))
    return [word for word, times in first.most_common(3) if times >= often and len(word) <= _LONGEST_NAME]


def _topics(tweets: Sequence[str]) -> tuple[Topic, ...]:
    """Returns the words that several tweets are about, with the share of tweets that have each, of all shares."""
    having: Counter[str] = Counter()
    for tweet in tweets:
        said = {word.casefold() for word in words(_bare(tweet))}
        having.update(word for word in said if _SHORTEST_TOPIC <= len(word) <= _LONGEST_NAME and not is_common(word))
    found = [(word, times) for word, times in sorted(having.items(), key=lambda each: (-each[1], each[0])) if times > 1]
    total = sum(times for _, times in found) or 1
    return tuple(Topic(name=word, share=round(times / max(total, len(tweets)), 3)) for word, times in found[:_MOST])


def _typical(tweets: Sequence[str], features: Mapping[str, Measure]) -> tuple[int, ...]:
    """Returns the numbers of the tweets whose length is nearest to the middle one."""
    middle = features["characters"].value
    order = sorted(range(len(tweets)), key=lambda at: (abs(len(tweets[at]) - middle), at))
    return tuple(sorted(at + 1 for at in order[:_MOST]))
