"""The garbage collector in a process that serves. In a process of its own: it is set once, for all."""

import subprocess
import sys

_LOOKS = """
import gc
from chassis.heap import settle

begun = [0]
gc.callbacks.append(lambda phase, _: begun.__setitem__(0, begun[0] + (phase == "start")))
settle()
kept, begun[0] = [], 0
for number in range(9_000):
    kept.append([number])
print(gc.get_freeze_count() > 1_000, begun[0])
for number in range(2_000):
    kept.append([number])
print(begun[0])
"""


def test_it_looks_seldom_and_never_at_what_was_made_at_the_start() -> None:
    said = subprocess.run([sys.executable, "-c", _LOOKS], capture_output=True, text=True, check=True).stdout
    assert said.splitlines() == ["True 0", "1"]
