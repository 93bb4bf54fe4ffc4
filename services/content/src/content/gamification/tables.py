"""Defines the tables of gamification, as the code knows them. The migration creates them."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import UUID

from chassis.storage.tables import NOW, OURS, TIME
from content.tables import METADATA

#: the changes of a person's time zone and day start, each with what it changed
clock_settings = sa.Table(
    "clock_settings",
    METADATA,
    sa.Column("person_id", UUID(), primary_key=True),
    sa.Column("since", TIME, primary_key=True),
    sa.Column("time_zone", sa.Text),
    sa.Column("day_start", sa.Time),
)

#: the days on which a person learned
learned_days = sa.Table(
    "learned_days",
    METADATA,
    sa.Column("person_id", UUID(), primary_key=True),
    sa.Column("day", sa.Date, primary_key=True),
    sa.Column("time_zone", sa.Text, nullable=False),  # of the first event of the day that arrived
    sa.Column("events", sa.Integer, nullable=False),
    sa.Column("reviews", sa.Integer, nullable=False),
)

#: what was earned: once for each key of a person
xp_awards = sa.Table(
    "xp_awards",
    METADATA,
    sa.Column("person_id", UUID(), primary_key=True),
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("xp", sa.Integer, nullable=False),
    sa.Column("reason", sa.Text, info=OURS),  # why it is less than it would be: daily-cap
    sa.Column("event_id", UUID(), nullable=False),
    sa.Column("day", sa.Date, nullable=False),
    sa.Column("at", TIME, nullable=False),
    # when it was given, which decides on the week
    sa.Column("given_at", TIME, server_default=NOW),
    # when it happened as far as our own clock bears it out, which decides on the pace; NULL in rows of before
    sa.Column("paced_at", TIME),
    # whether it counts in a league
    sa.Column("ranked", sa.Boolean, nullable=False, server_default=sa.text("true")),
    sa.Index("xp_awards_day", "person_id", "day"),
    sa.Index("xp_awards_given", "given_at"),
    sa.Index("xp_awards_person_given", "person_id", "given_at"),
)

badges = sa.Table(
    "badges",
    METADATA,
    sa.Column("person_id", UUID(), primary_key=True),
    sa.Column("badge", sa.Text, primary_key=True, info=OURS),
    sa.Column("event_id", UUID()),  # the one that earned it
    sa.Column("awarded_at", TIME, nullable=False, server_default=NOW),
)

learner_settings = sa.Table(
    "learner_settings",
    METADATA,
    sa.Column("person_id", UUID(), primary_key=True),
    sa.Column("leaderboard", sa.Boolean, nullable=False),
    sa.Column("name", sa.Text, nullable=False, info=OURS),  # pseudonym | username
    sa.Column("daily_goal", sa.Integer, nullable=False),
)

#: how long the streak is, as it was told last, which `public_api.users` reads; and totals with which folds go on
standings = sa.Table(
    "standings",
    METADATA,
    sa.Column("person_id", UUID(), primary_key=True),
    sa.Column("streak", sa.Integer, nullable=False),
    sa.Column("updated_at", TIME, nullable=False, server_default=NOW),
    # when the totals were noted; they are those of now where it is `updated_at`, which the release before sets alone
    sa.Column("noted_at", TIME),
    sa.Column("xp", sa.Integer),
    sa.Column("reviews", sa.Integer),
    # the streak as it was when this day began; NULL where it is to be folded from the first day on
    sa.Column("kept_until", sa.Date),
    sa.Column("kept_run", sa.Integer),
    sa.Column("kept_longest", sa.Integer),
    sa.Column("kept_freezes", sa.Integer),
    sa.Column("kept_last", sa.Date),
)

#: what others may see of a person, as accounts tell it
learners = sa.Table(
    "learners",
    METADATA,
    sa.Column("person_id", UUID(), primary_key=True),
    sa.Column("adult", sa.Boolean, nullable=False),
    sa.Column("username", sa.Text, nullable=False),
    sa.Column("at", TIME, nullable=False),
)

#: in which league a person is in a week
league_members = sa.Table(
    "league_members",
    METADATA,
    sa.Column("week", sa.Text, primary_key=True, info=OURS),
    sa.Column("person_id", UUID(), primary_key=True),
    sa.Column("league", sa.Integer, nullable=False),
    sa.Index("league_members_person", "person_id"),
    sa.Index("league_members_league", "week", "league"),
)

#: the weeks whose leagues are drawn
leagues_drawn = sa.Table(
    "leagues_drawn",
    METADATA,
    sa.Column("week", sa.Text, primary_key=True),
    sa.Column("drawn_at", TIME, nullable=False, server_default=NOW),
)
