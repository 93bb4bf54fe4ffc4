"""Defines content's dependencies, which `service.py` makes."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from chassis.handler import Deps
from chassis.storage.media import Media
from content.earnings import Earnings
from content.exercises.lessons import Lessons
from content.hint_log import HintLog
from content.links import PreviewLinks


@dataclass(frozen=True, kw_only=True)
class ContentDeps(Deps):
    """Holds what handlers and routes of one vertical need of another, and the store of pictures."""

    lessons: Lessons
    media: Media
    earnings: Earnings
    hint_log: HintLog
    previews: PreviewLinks
    #: what learners do is told to a learning record store
    pushes: bool = False
    #: imports that are unpacked at a time: each may take as much memory as an archive may hold, and as its lessons
    imports: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(2))
