"""Acts as a learner over HTTP by a moved clock, and says what they are told and shown."""

from __future__ import annotations

import asyncio
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

from httpx2 import AsyncClient, Response

from chassis.testing import until
from tests.faults.clock_skew import READ_EVERY_S
from tests.week.moved_postgres import MovedClock

LESSON = "internet/what-is-the-internet"
_PASSWORD = "a long walk beside the sea"
_DAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
#: quiet at night, and reminded in the evening
_WISHES = {
    "quiet_hours": {"start": "22:00", "end": "07:00", "days": _DAYS},
    "daily_reminder": {"at": "19:00", "days": _DAYS},
    "digest": None,
    "types": {},
    "caps": {"push_per_day": 6},
}
_SETTLES_S = 60.0


class Learner:
    """Holds a grown-up who learns, and the Monday on which their week begins."""

    def __init__(self, http: AsyncClient, clock: MovedClock, zone: str) -> None:
        self._http = http
        self._clock = clock
        self.zone = ZoneInfo(zone)
        today = clock.now().astimezone(self.zone).date()
        self._monday = today + timedelta(days=7 - today.weekday())
        self._name = f"learner{uuid4().hex[:8]}"
        self._token = ""
        self._lesson = ""
        self._told = 0

    async def ask(self, method: str, path: str, body: Any = None) -> Any:
        """Asks for something as the learner; returns the JSON of the answer, which must be a good one.

        It asks again where nothing was written: a clock that jumps ends what the server times, as connections.
        """
        headers = {"Authorization": f"Bearer {self._token}"} if self._token else {}

        async def ask() -> Response | None:
            answer = await self._http.request(method, path, json=body, headers=headers)
            return None if answer.status_code == 503 else answer

        answer = await until(ask, within=_SETTLES_S, what=f"an answer to {method} {path}", every=0.5)
        assert answer.status_code < 300, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer.json()

    async def sign_up(self) -> None:
        """Makes the account and opens a lesson."""
        born = {"birth_date": "1990-04-01", "country": "DE", "time_zone": self.zone.key}
        account = {"email": f"{self._name}@example.com", "password": _PASSWORD, "username": self._name}
        self._token = (await self.ask("POST", "/auth/signup", account | born))["access_token"]
        await self.ask("PUT", "/notifications/settings", _WISHES)
        [lesson] = (await self.ask("GET", f"/lessons?key={LESSON}"))["items"]
        self._lesson = lesson["id"]

    async def move_house(self, zone: str) -> None:
        """Changes the time zone."""
        self.zone = ZoneInfo(zone)
        await self.ask("PATCH", "/me", {"time_zone": zone})

    async def at(self, day: int, wall: time) -> None:
        """Lets it be a time of a day of the week, 0 for its Monday, and signs in again: the token is of another day."""
        self._clock.move_to(datetime.combine(self._monday + timedelta(days=day), wall, self.zone))
        await asyncio.sleep(2 * READ_EVERY_S)  # until then one process is of this day and another of the last
        if self._token:
            self._token = ""
            login = {"email": f"{self._name}@example.com", "password": _PASSWORD}
            self._token = (await self.ask("POST", "/auth/login", login))["access_token"]

    async def answer(self, exercise: str, answer: dict[str, Any], *, ago: timedelta | None = None, **more: Any) -> Any:
        """Hands an answer in; returns the attempt. `ago`: it was given so long before, without a line."""
        now = self._clock.now()
        event: dict[str, Any] = {
            "client_id": str(uuid4()),
            "type": "attempt",
            "lesson_id": self._lesson,
            "exercise_id": exercise,
        }
        event |= {"answer": answer, "happened_at": (now - (ago or timedelta())).isoformat(), **more}
        told = await self.ask("POST", "/progress", {"events": [event], "sent_at": now.isoformat()})
        [result] = told["results"]
        assert result["status"] == "accepted", result
        return result["attempt"]

    async def sees(self, streak: tuple[int, str, int], days: str, told: str = "") -> None:
        """Waits until the learner is shown all of this.

        `streak`: how long it is, today's state, freezes; `days`: the state of each; `told`: the types of what they are
        told since they looked last, in any order.
        """
        wanted = (streak, days, sorted(told.split()))
        seen: Any = None

        async def is_shown() -> bool:
            nonlocal seen
            seen = await self._seen()
            return bool(seen == wanted)

        try:
            await until(is_shown, within=_SETTLES_S)
        except AssertionError:
            decisions = (await self.ask("GET", "/notifications/decisions"))["items"]
            raise AssertionError(f"{self._clock.now():%a %H:%M} UTC: {seen}, not {wanted}; {decisions}") from None
        self._told += len(told.split())

    async def decided(self, type_: str, day: int, *wanted: tuple[str, str]) -> None:
        """Waits until all decisions about a type of a date are these: decision and reason."""
        of: date = self._monday + timedelta(days=day)
        path = f"/notifications/decisions?type={type_}&date={of}"

        async def is_decided() -> bool:
            found = (await self.ask("GET", path))["items"]
            return [(each["decision"], each["reason"]) for each in found] == [*wanted]

        await until(is_decided, within=_SETTLES_S, what=f"{wanted} about {type_} of {of}")

    async def _seen(self) -> tuple[tuple[int, str, int], str, list[str]]:
        shown = (await self.ask("GET", "/gamification"))["streak"]
        days = (await self.ask("GET", "/gamification/streak"))["days"]
        notifications = (await self.ask("GET", "/notifications"))["items"]  # newest first
        new = [each["type"] for each in reversed(notifications)][self._told :]
        streak = (shown["current"], shown["today"], shown["freezes"])
        return streak, " ".join(each["state"] for each in days), sorted(new)
