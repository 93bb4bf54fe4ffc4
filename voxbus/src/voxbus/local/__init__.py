"""Provides what one machine needs besides the services: embedded Postgres, a private RabbitMQ node, a supervisor."""
