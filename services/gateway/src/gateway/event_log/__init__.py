"""The event log: what a batch of events adds to it, who records it, and how it is stored."""
