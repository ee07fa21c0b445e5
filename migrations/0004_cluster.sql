-- What one node at a time does (server/src/store/leases.rs).

CREATE TABLE lease (
    -- What is done something to: a room, for its compaction.
    subject UUID NOT NULL,
    duty TEXT NOT NULL,
    -- The node that may do it, or could last.
    node UUID NOT NULL,
    -- One more with each that gets it. Rows stay when they have expired, so that it never starts anew.
    epoch BIGINT NOT NULL,
    -- By the clock of the database.
    expires_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (subject, duty)
);
