-- The bare batch: a thousand earns of a thousand members in one statement, which is the most that a batch of that size can
-- share. Members are locked in their order, so that two such batches never wait for one another in a circle.
\set first random(1, 100000)
\set one random(1, 4611686018427387903)
WITH wanted AS (
    SELECT 'batch-' || :client_id || '-' || :one || '-' || row AS key, 1 + (:first + row * 7919) % 100000 AS member
    FROM generate_series(1::bigint, 1000) AS row
), written AS (
    INSERT INTO earned (key, member, amount) SELECT key, member, 10 FROM wanted
    ON CONFLICT (key) DO NOTHING RETURNING member, amount
), sums AS (
    SELECT member, sum(amount)::bigint AS amount FROM written GROUP BY member
), locked AS (
    SELECT purse.member FROM purse JOIN sums USING (member) ORDER BY purse.member FOR UPDATE OF purse
)
UPDATE purse SET available = available + sums.amount, revision = revision + 1
FROM locked JOIN sums USING (member)
WHERE purse.member = locked.member
RETURNING purse.member, available, level, revision;
