"""What one machine needs besides the services: an embedded Postgres, a private RabbitMQ node, a supervisor."""
