-- What the operator has decided about damaged rooms, and who the people of imported workspaces were.

-- Updates that are left out of a room for good. They stay where they are stored.
CREATE TABLE room_set_aside (
    room_id UUID NOT NULL REFERENCES room (id),
    first_seq BIGINT NOT NULL,
    last_seq BIGINT NOT NULL,
    -- What was wrong with them (actors/src/room/left_out.rs).
    reason TEXT NOT NULL,
    at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (room_id, first_seq)
);

-- What an account is called in the past of workspaces that were imported from another server.
CREATE TABLE account_alias (
    id UUID PRIMARY KEY,
    account_id UUID NOT NULL REFERENCES account (id) ON DELETE CASCADE
);
CREATE INDEX account_alias_account ON account_alias (account_id);
