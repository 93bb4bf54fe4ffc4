"""Own accounts: passwords, tokens, and who a request comes from."""
