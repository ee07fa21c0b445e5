-- Workspaces, rooms with their logs, and the tree of pages.

CREATE TABLE workspace (
    id UUID PRIMARY KEY,
    name TEXT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL
);

CREATE TABLE room (
    id UUID PRIMARY KEY,
    workspace_id UUID NOT NULL REFERENCES workspace (id),
    kind TEXT NOT NULL,
    -- What lists show; the room's content is where it comes from.
    title TEXT NOT NULL,
    generation BIGINT NOT NULL,
    -- Position of the last committed update: the log is gapless from 1 to here.
    head_seq BIGINT NOT NULL,
    -- Position of the newest snapshot; 0 while there is none.
    snapshot_seq BIGINT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL,
    -- Nothing is appended to a deleted room.
    deleted_at TIMESTAMPTZ
);

-- A row is a segment: the updates of one room in one commit (server/src/store/segment.rs).
CREATE TABLE room_log (
    -- Made before the commit, so that a commit whose outcome is unknown can be recognised.
    id UUID PRIMARY KEY,
    room_id UUID NOT NULL REFERENCES room (id),
    first_seq BIGINT NOT NULL,
    count BIGINT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    checksum BIGINT NOT NULL,
    payload BYTEA NOT NULL,
    UNIQUE (room_id, first_seq)
);

-- The state of a room up to and including seq.
CREATE TABLE room_snapshot (
    room_id UUID NOT NULL REFERENCES room (id),
    generation BIGINT NOT NULL,
    seq BIGINT NOT NULL,
    encoding TEXT NOT NULL,
    -- When it was decoded again and found to be the same.
    verified_at TIMESTAMPTZ NOT NULL,
    checksum BIGINT NOT NULL,
    payload BYTEA NOT NULL,
    PRIMARY KEY (room_id, generation, seq)
);

-- Segments that a snapshot covers, moved out of the log (server/src/store/archive.rs). Never deleted.
CREATE TABLE room_history (
    room_id UUID NOT NULL REFERENCES room (id),
    from_seq BIGINT NOT NULL,
    to_seq BIGINT NOT NULL,
    checksum BIGINT NOT NULL,
    payload BYTEA NOT NULL,
    PRIMARY KEY (room_id, from_seq)
);

-- A page is a room with a place in the tree; its id is its room's.
CREATE TABLE page (
    id UUID PRIMARY KEY REFERENCES room (id),
    workspace_id UUID NOT NULL REFERENCES workspace (id),
    -- NULL at the top.
    parent_id UUID REFERENCES page (id),
    -- Orders the pages that stand side by side, those in the trash among them.
    position BIGINT NOT NULL,
    -- Pages put into the trash together have the same time here.
    trashed_at TIMESTAMPTZ
);
-- Pages side by side: under one parent, or at the top of one workspace.
CREATE INDEX page_siblings ON page (COALESCE(parent_id, workspace_id), position);
CREATE INDEX page_trash ON page (workspace_id, trashed_at) WHERE trashed_at IS NOT NULL;
