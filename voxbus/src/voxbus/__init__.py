"""All five services in one process, and the operator's command line."""
