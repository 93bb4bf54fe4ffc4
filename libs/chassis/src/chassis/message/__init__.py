"""What travels: envelope and codec."""
