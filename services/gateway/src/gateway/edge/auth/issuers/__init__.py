"""Accepts the tokens of every configured issuer: our own, Supabase, Clerk and others."""
