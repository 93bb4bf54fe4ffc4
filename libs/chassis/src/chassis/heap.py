"""The pace of Python's garbage collector in a process that serves.

It looks for cycles whenever 700 more objects were made than were freed: some requests at a time are enough for that,
and each tenth look goes through more. A server's requests leave few cycles, and what was made at its start stays. So
looking more seldom, and never at that, costs some megabytes and saves a tenth of the time of an accept (ADR 29).
"""

import gc

#: objects made and not freed until the next look; of these, and of the next generation's, until a look at older ones
_THRESHOLDS = (10_000, 10, 10)


def settle() -> None:
    """Call once, when everything that stays has been made."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*_THRESHOLDS)
