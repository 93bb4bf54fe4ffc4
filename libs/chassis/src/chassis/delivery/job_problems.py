"""Lists the problems with which the chassis itself ends jobs. A service declares those of its handlers (`Service`)."""

from __future__ import annotations

from chassis.delivery.effects import UNKNOWN
from chassis.delivery.inbox import UNDECODABLE
from chassis.delivery.settlement import CRASHED, ERASED, GAVE_UP, GONE, REVOKED, TOO_OLD
from chassis.message.codec import NOT_UNDERSTOOD

JOB_PROBLEMS = (CRASHED, ERASED, GAVE_UP, GONE, REVOKED, TOO_OLD, UNDECODABLE, UNKNOWN, *NOT_UNDERSTOOD)
