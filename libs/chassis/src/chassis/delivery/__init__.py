"""How it is delivered: inbox, outbox, relay, units of work, settlement."""
