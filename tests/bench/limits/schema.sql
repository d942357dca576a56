-- What the limits work on: the least that a ledger can be, and nothing that a real one adds.

-- One row a member: its points can never go below zero. A third of each page stays free, so that an update finds room
-- beside the row it replaces and no index has to be touched.
CREATE TABLE purse (
    member bigint PRIMARY KEY,
    available bigint NOT NULL CHECK (available >= 0),
    level smallint NOT NULL,
    revision bigint NOT NULL DEFAULT 0
) WITH (fillfactor = 70);

-- One row an earn, and the key that keeps it from being done twice.
CREATE TABLE earned (
    number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    key text NOT NULL UNIQUE,
    member bigint NOT NULL,
    purchase bigint,
    amount bigint NOT NULL,
    written_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX earned_for ON earned (purchase) WHERE purchase IS NOT NULL;

-- What can be had for points, and how often still: the row that everybody wants.
CREATE TABLE prize (
    number int PRIMARY KEY,
    price bigint NOT NULL,
    remaining int NOT NULL CHECK (remaining >= 0)
);

-- One row a redemption, with its key.
CREATE TABLE redeemed (
    number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    key text NOT NULL UNIQUE,
    member bigint NOT NULL,
    prize int NOT NULL,
    price bigint NOT NULL,
    written_at timestamptz NOT NULL DEFAULT now()
);

INSERT INTO purse (member, available, level)
SELECT member, 1000 + member % 5000, member % 4 FROM generate_series(1, 100000) AS member;
INSERT INTO prize VALUES (1, 1, 1000000000);

-- Redeems as cleverly as one row allows: in one call, and the counter's row is taken last, so that it is held for the
-- commit alone. Fails where points or prizes have run out, and then nothing is left of it.
CREATE FUNCTION redeem(its_key text, its_member bigint, its_prize int) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    its_price bigint;
    left_over bigint;
BEGIN
    SELECT price INTO STRICT its_price FROM prize WHERE number = its_prize;
    INSERT INTO redeemed (key, member, prize, price) VALUES (its_key, its_member, its_prize, its_price)
        ON CONFLICT (key) DO NOTHING;
    IF NOT FOUND THEN
        -- Said twice: the answer is what the member has.
        SELECT available INTO left_over FROM purse WHERE member = its_member;
        RETURN left_over;
    END IF;
    UPDATE purse SET available = available - its_price, revision = revision + 1
        WHERE member = its_member AND available >= its_price RETURNING available INTO left_over;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'too few points';
    END IF;
    UPDATE prize SET remaining = remaining - 1 WHERE number = its_prize AND remaining > 0;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'no prize is left';
    END IF;
    RETURN left_over;
END $$;

VACUUM ANALYZE;
