"""Carries messages: the memory bus and RabbitMQ behind one interface."""
