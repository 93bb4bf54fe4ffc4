"""Writes the texts about learning. None of them threatens, flatters or hurries: they say what is so."""

from __future__ import annotations

from contracts.learning import LeagueClosed, LearnerAwarded, ReportAnswered
from notify.notifications.people import Person
from notify.notifications.reminders import Due, Reminder

#: title, text, and the view that it leads to (see `Pages`), because somebody opens it from a mail or a push
Text = tuple[str, str, str | None]
_PATH, _PROGRESS, _REVIEWS, _LESSON = "", "progress", "reviews", "lesson/"
_RESULTS = {
    "up": "You are in the next league from now on.",
    "stays": "You stay in your league.",
    "down": "You are in the league before from now on.",
}
_ANSWERS = {
    "open": "It is open again.",
    "in_progress": "Somebody is looking at it.",
    "resolved": "It is resolved.",
    "rejected": "It was looked at, and nothing is changed.",
}


def reminder_text(reminder: Reminder, person: Person, due: Due) -> Text:
    """Returns the text of a reminder."""
    if reminder == "review_due":
        return "There is something to review", "A review takes a minute or two.", _REVIEWS
    if reminder == "streak_at_risk":
        run = person.learner.run if person.learner is not None else 0
        until = due.ends.astimezone(person.wanted.zone).strftime("%H:%M")
        return f"{run} days in a row", f"Today is still open, until {until}. One exercise is enough.", _PATH
    return "Time to learn", "You asked to be reminded at this time.", _PATH


def award_text(event: LearnerAwarded) -> Text:
    """Returns the text about a badge or a milestone."""
    return event.title, "You have a new badge." if event.kind == "badge" else "You have reached this.", _PROGRESS


def league_text(event: LeagueClosed) -> Text:
    """Returns the text about a week that has ended."""
    body = f"Rank {event.rank} with {event.xp} points. {_RESULTS[event.result]}"
    return f"Your league in week {event.week}", body, _PROGRESS


def answer_text(event: ReportAnswered) -> Text:
    """Returns the text about an answer to a report."""
    view = None if event.lesson_id is None else f"{_LESSON}{event.lesson_id}"
    return "Your report was looked at", event.reply or _ANSWERS[event.status], view
