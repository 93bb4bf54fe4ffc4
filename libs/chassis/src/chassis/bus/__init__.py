"""How it travels: memory and RabbitMQ behind one seam."""
