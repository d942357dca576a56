-- The bare redemption: everybody takes from one row, one transaction each.
\set member random(1, 100000)
\set one random(1, 4611686018427387903)
SELECT redeem('redeem-' || :client_id || '-' || :one, :member, 1);
