-- The past of rooms: how any point of it is reached, versions, who wrote what, what was erased.

-- Ids that were erased, as a Yjs state vector; NULL where nothing was. What has one is not taken again.
ALTER TABLE room ADD COLUMN erased BYTEA;

-- Of the segments in a row: their bytes before they were packed, and when the first and the last of
-- them were committed. NULL in rows that are older than these columns.
ALTER TABLE room_history ADD COLUMN bytes BIGINT;
ALTER TABLE room_history ADD COLUMN from_at TIMESTAMPTZ;
ALTER TABLE room_history ADD COLUMN to_at TIMESTAMPTZ;

-- The state of a room at some points of its past, from which all others are near
-- (server/src/store/keyframes.rs).
CREATE TABLE room_keyframe (
    room_id UUID NOT NULL REFERENCES room (id),
    seq BIGINT NOT NULL,
    -- When the update at seq was committed.
    at TIMESTAMPTZ NOT NULL,
    checksum BIGINT NOT NULL,
    -- Packed with zstd.
    payload BYTEA NOT NULL,
    PRIMARY KEY (room_id, seq)
);

-- Points of the past that somebody may look for.
CREATE TABLE room_version (
    room_id UUID NOT NULL REFERENCES room (id),
    seq BIGINT NOT NULL,
    -- When the update at seq was committed.
    at TIMESTAMPTZ NOT NULL,
    kind TEXT NOT NULL,
    name TEXT,
    author_id UUID NOT NULL,
    PRIMARY KEY (room_id, seq)
);

-- Who wrote what, up to and including seq. Follows from the log, and can be made anew from it
-- (server/src/store/attribution.rs).
CREATE TABLE room_attribution (
    room_id UUID PRIMARY KEY REFERENCES room (id),
    seq BIGINT NOT NULL,
    checksum BIGINT NOT NULL,
    payload BYTEA NOT NULL
);
