"""Makes copies of everything about a person: gathers the parts of all services and makes one archive of them."""
