"""Implements the bus on RabbitMQ, 3.10 and 4; no other package knows aio-pika and the aiormq under it.

Recovery is our own code, not the library's robust classes: a subscription must know which deliveries came over a closed
channel, and the watchdog needs one place that recovers. Publishes and deliveries use aiormq's channel directly, so that
no unused objects are made.
"""

from chassis.bus.rabbit.bus import RabbitBus

__all__ = ["RabbitBus"]
