"""All faults that are done on a stage."""

from tests.faults.broker_faults import BROKER_FAULTS

FAULTS = (*BROKER_FAULTS,)
