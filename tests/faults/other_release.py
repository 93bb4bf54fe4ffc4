"""Starts a program as another release has it: `python -m tests.faults.other_release minor|major MODULE ARGUMENT…`.

That release speaks a newer version of what speech says; whatever else it has is as it is.
"""

from __future__ import annotations

import runpy
import sys

from contracts import speech
from contracts.speech import AttemptAssessed
from tests.faults.newer import NewerMajor, NewerMinor

if __name__ == "__main__":
    release = {"minor": NewerMinor, "major": NewerMajor}[sys.argv.pop(1)]
    setattr(speech, AttemptAssessed.__name__, release)  # before anybody else imports it
    runpy.run_module(sys.argv.pop(1), run_name="__main__", alter_sys=True)
