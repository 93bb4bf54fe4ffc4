"""Lists all faults that are done on a stage."""

from tests.faults.broker_faults import BROKER_FAULTS
from tests.faults.database_faults import DATABASE_FAULTS
from tests.faults.flood_faults import FLOOD_FAULTS
from tests.faults.kill_faults import KILL_FAULTS
from tests.faults.message_faults import MESSAGE_FAULTS
from tests.faults.process_faults import PROCESS_FAULTS
from tests.faults.queue_faults import QUEUE_FAULTS

FAULTS = (
    *BROKER_FAULTS,
    *QUEUE_FAULTS,
    *FLOOD_FAULTS,
    *KILL_FAULTS,
    *DATABASE_FAULTS,
    *PROCESS_FAULTS,
    *MESSAGE_FAULTS,
)
