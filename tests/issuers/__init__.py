"""Stand-ins for issuers of tokens, which conform to what the vendors publish; no vendor's server was ever asked."""
