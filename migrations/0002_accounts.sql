-- Accounts, sign-ins, members, sharing, keys and secrets, the audit.

-- A person. Its id is the principal's.
CREATE TABLE account (
    id UUID PRIMARY KEY,
    -- In lower case.
    email TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    -- In the notation of the hash (PHC or bcrypt); NULL for those who sign in elsewhere only.
    password_hash TEXT,
    email_verified_at TIMESTAMPTZ,
    created_at TIMESTAMPTZ NOT NULL
);

-- What a person is called by a place they sign in at.
CREATE TABLE identity (
    provider TEXT NOT NULL,
    subject TEXT NOT NULL,
    account_id UUID NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    created_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (provider, subject)
);
CREATE INDEX identity_account ON identity (account_id);

ALTER TABLE workspace ADD COLUMN deleted_at TIMESTAMPTZ;

-- What all members may do on a page and below it; NULL says nothing.
ALTER TABLE page ADD COLUMN member_level TEXT;

-- Who belongs to a workspace: accounts, and the services that have a key.
CREATE TABLE member (
    workspace_id UUID NOT NULL REFERENCES workspace (id),
    principal_id UUID NOT NULL,
    role TEXT NOT NULL,
    joined_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (workspace_id, principal_id)
);
CREATE INDEX member_principal ON member (principal_id);

CREATE TABLE invitation (
    id UUID PRIMARY KEY,
    workspace_id UUID NOT NULL REFERENCES workspace (id),
    role TEXT NOT NULL,
    -- NULL for whoever has the link.
    email TEXT,
    invited_by UUID NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    expires_at TIMESTAMPTZ NOT NULL
);
CREATE INDEX invitation_workspace ON invitation (workspace_id);

-- What one member may do on a page and below it.
CREATE TABLE page_grant (
    workspace_id UUID NOT NULL REFERENCES workspace (id),
    page_id UUID NOT NULL REFERENCES page (id),
    principal_id UUID NOT NULL,
    level TEXT NOT NULL,
    PRIMARY KEY (page_id, principal_id)
);
CREATE INDEX page_grant_principal ON page_grant (workspace_id, principal_id);

CREATE TABLE share_link (
    id UUID PRIMARY KEY,
    workspace_id UUID NOT NULL REFERENCES workspace (id),
    page_id UUID NOT NULL REFERENCES page (id),
    access TEXT NOT NULL,
    created_by UUID NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    expires_at TIMESTAMPTZ
);
CREATE INDEX share_link_page ON share_link (page_id);

-- A sign-in on one device, of an account or by a share link. Signing out deletes it.
CREATE TABLE device (
    id UUID PRIMARY KEY,
    principal_id UUID NOT NULL,
    account_id UUID REFERENCES account (id) ON DELETE CASCADE,
    share_link_id UUID REFERENCES share_link (id) ON DELETE CASCADE,
    -- The link that somebody with an account has opened here last.
    opened_link_id UUID REFERENCES share_link (id) ON DELETE SET NULL,
    -- SHA-256 of the cookie; NULL for those who use tokens.
    cookie_hash BYTEA UNIQUE,
    name TEXT NOT NULL,
    address TEXT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    last_used_at TIMESTAMPTZ NOT NULL,
    expires_at TIMESTAMPTZ NOT NULL
);
CREATE INDEX device_account ON device (account_id);
CREATE INDEX device_share_link ON device (share_link_id);
CREATE INDEX device_opened_link ON device (opened_link_id);

-- Refresh tokens of a device, used ones among them: one that comes back ends the sign-in.
CREATE TABLE refresh_token (
    -- SHA-256 of the token.
    hash BYTEA PRIMARY KEY,
    device_id UUID NOT NULL REFERENCES device (id) ON DELETE CASCADE,
    created_at TIMESTAMPTZ NOT NULL,
    used_at TIMESTAMPTZ,
    expires_at TIMESTAMPTZ NOT NULL
);
CREATE INDEX refresh_token_device ON refresh_token (device_id);

-- What was mailed to show that somebody reads an address.
CREATE TABLE mail_token (
    -- SHA-256 of the token.
    hash BYTEA PRIMARY KEY,
    account_id UUID NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    purpose TEXT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    expires_at TIMESTAMPTZ NOT NULL
);
CREATE INDEX mail_token_account ON mail_token (account_id, purpose);

-- A key acts for a person (account_id) or as a service of a workspace (workspace_id).
CREATE TABLE api_key (
    id UUID PRIMARY KEY,
    -- SHA-256 of the key.
    hash BYTEA NOT NULL UNIQUE,
    prefix TEXT NOT NULL,
    principal_id UUID NOT NULL,
    account_id UUID REFERENCES account (id) ON DELETE CASCADE,
    workspace_id UUID REFERENCES workspace (id),
    name TEXT NOT NULL,
    -- Names of scopes with spaces between.
    scopes TEXT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    expires_at TIMESTAMPTZ,
    last_used_at TIMESTAMPTZ
);
CREATE INDEX api_key_account ON api_key (account_id);
CREATE INDEX api_key_workspace ON api_key (workspace_id);

-- The keys access tokens are signed with. A retired one still verifies until its tokens have expired.
CREATE TABLE signing_key (
    id TEXT PRIMARY KEY,
    -- The private key (PKCS #8), sealed by the vault.
    sealed BYTEA NOT NULL,
    -- The public key (RFC 7517).
    public_jwk TEXT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    retired_at TIMESTAMPTZ
);

-- The key the secrets of a workspace are sealed with, wrapped by the master key. The nil id is the
-- server's own.
CREATE TABLE vault_key (
    workspace_id UUID PRIMARY KEY,
    wrapped BYTEA NOT NULL,
    created_at TIMESTAMPTZ NOT NULL
);

CREATE TABLE vault_secret (
    workspace_id UUID NOT NULL REFERENCES vault_key (workspace_id),
    name TEXT NOT NULL,
    sealed BYTEA NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (workspace_id, name)
);

-- Where the audit of a workspace ends; the nil id is the server's own audit.
CREATE TABLE audit_head (
    workspace_id UUID PRIMARY KEY,
    seq BIGINT NOT NULL,
    hash BYTEA NOT NULL
);

-- Appended to, never changed: each engine refuses that (0003_isolation).
CREATE TABLE audit_event (
    workspace_id UUID NOT NULL,
    seq BIGINT NOT NULL,
    at TIMESTAMPTZ NOT NULL,
    actor_id UUID,
    action TEXT NOT NULL,
    object TEXT NOT NULL,
    detail TEXT NOT NULL,
    address TEXT NOT NULL,
    hash BYTEA NOT NULL,
    PRIMARY KEY (workspace_id, seq)
);
