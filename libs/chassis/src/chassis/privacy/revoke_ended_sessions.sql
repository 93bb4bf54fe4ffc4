-- Tokens of another issuer's session that was ended here stay refused for a year after its end, by a hash alone.
INSERT INTO revoked_tokens (issuer, hash, revoked_at, until)
SELECT issuer, sha256(convert_to(issuer_session, 'UTF8')), ends_at, ends_at + interval '366 days'
  FROM gone WHERE issuer_session IS NOT NULL AND why_ended IS NOT NULL
ON CONFLICT (issuer, hash) DO UPDATE SET until = greatest(revoked_tokens.until, excluded.until)
