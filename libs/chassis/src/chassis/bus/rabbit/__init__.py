"""Implements the bus on RabbitMQ, 3.10 and 4; no other package knows aio-pika and the aiormq under it.

Recovery is ours, not that of the library's robust classes: a subscription must know which deliveries came over a
channel that is gone, and a watchdog wants one place to start over from.
Publishes and deliveries use aiormq's channel directly, so nothing is made that nobody reads.
"""

from chassis.bus.rabbit.bus import RabbitBus

__all__ = ["RabbitBus"]
