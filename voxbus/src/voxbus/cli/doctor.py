"""Holds the command that examines an installation."""

from __future__ import annotations

import asyncio
import os

import typer

from chassis.console import notify_operator
from chassis.errors import SettingsError
from chassis.known_settings import refuse_unknown, take_from_file
from chassis.main import judge_settings
from chassis.observe.logs import configure_logs
from chassis.settings import Settings, load
from voxbus.cli.options import Json, NoServer
from voxbus.cli.output import print_lines, print_table
from voxbus.cli.place import here_alone
from voxbus.doctor.facts import gather
from voxbus.doctor.judge import Facts, Finding, judge
from voxbus.services import SERVICES

#: the exit code when something is wrong
_WRONG = 3


def doctor(json: Json = False, server: NoServer = None) -> None:
    """Says what is wrong, how bad it is, and which command mends it; exit code 3 if something is."""
    here_alone(server)
    configure_logs("text", level=50)  # what fails is told as a finding
    found = _examined()
    lines = [{"severity": each.severity, "what": each.what, "mends": each.mends} for each in found]
    if json:
        print_lines(lines)
    elif lines:
        print_table(("severity", "what", "mended by"), [list(each.values()) for each in lines])
    if not found:
        notify_operator("nothing is wrong")
    raise typer.Exit(_WRONG if found else 0)


def _examined() -> list[Finding]:
    """Reads the settings first: what is wrong with them is a finding, and does not end the examination."""
    wrong = []
    try:
        refuse_unknown()
    except SettingsError as error:
        wrong.append(str(error))
    try:
        take_from_file(os.environ)
        settings = load(Settings)
    except SettingsError as error:
        return judge(Facts(settings=(*wrong, str(error))))
    try:
        judge_settings(SERVICES, settings)
    except SettingsError as error:
        wrong.append(str(error))
    return judge(asyncio.run(gather(settings, Facts(settings=tuple(wrong)))))
