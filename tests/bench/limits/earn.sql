-- The bare earn: three statements in a transaction, which is the least that a service does that takes one request at a
-- time: begin, write the ledger's row unless its key is known, move the balance, commit.
\set member random(1, 100000)
\set one random(1, 4611686018427387903)
BEGIN;
INSERT INTO earned (key, member, amount) VALUES ('earn-' || :client_id || '-' || :one, :member, 10) ON CONFLICT (key) DO NOTHING;
UPDATE purse SET available = available + 10, revision = revision + 1 WHERE member = :member RETURNING available, level, revision;
COMMIT;
