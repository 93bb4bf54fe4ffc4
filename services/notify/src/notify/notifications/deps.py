"""Defines what deciding needs beside rows."""

from __future__ import annotations

from dataclasses import dataclass

from chassis.handler import Deps
from chassis.privacy.consents import Consents
from notify.notifications.pages import Pages


@dataclass(frozen=True, kw_only=True)
class NoticeDeps(Deps):
    """Holds the gate that is asked whether somebody may be told outside the application, and where links lead."""

    consents: Consents
    pages: Pages
