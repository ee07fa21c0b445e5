-- What the tables cannot say of themselves: the second wall between workspaces, and the audit that
-- is never changed.
--
-- A transaction says whose rows it wants: gala.workspace = one workspace, or gala.scope = 'server'.
-- One that says nothing sees nothing. Owners of tables are held to it (FORCE); whoever may pass row
-- security by (superusers, BYPASSRLS) becomes gala_tenant for the transaction (server/src/store/postgres.rs).

-- Roles belong to all databases of a server: another one may have made it, or be making it now.
DO $$
BEGIN
    IF (SELECT rolsuper OR rolcreaterole FROM pg_roles WHERE rolname = current_user) THEN
        IF NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = 'gala_tenant') THEN
            BEGIN
                CREATE ROLE gala_tenant NOLOGIN;
            EXCEPTION WHEN duplicate_object OR unique_violation THEN
                NULL;
            END;
        END IF;
        -- Superusers become whom they like; others only whom they are granted, whoever made the role.
        IF (SELECT rolbypassrls AND NOT rolsuper FROM pg_roles WHERE rolname = current_user) THEN
            EXECUTE format('GRANT gala_tenant TO %I', current_user);
        END IF;
        EXECUTE format('GRANT USAGE ON SCHEMA %I TO gala_tenant', current_schema());
        GRANT SELECT, INSERT, UPDATE, DELETE ON workspace, room, room_log, room_snapshot, room_history, page, member,
            invitation, page_grant, share_link, api_key, audit_head, audit_event TO gala_tenant;
        -- The names of members, not how they sign in.
        GRANT SELECT (id, email, name) ON account TO gala_tenant;
    END IF;
END
$$;

CREATE FUNCTION in_gala_scope(workspace UUID) RETURNS BOOLEAN LANGUAGE sql STABLE AS $$
    SELECT current_setting('gala.scope', true) = 'server'
        OR workspace = CAST(NULLIF(current_setting('gala.workspace', true), '') AS UUID)
$$;

ALTER TABLE workspace ENABLE ROW LEVEL SECURITY;
ALTER TABLE workspace FORCE ROW LEVEL SECURITY;
CREATE POLICY of_one_workspace ON workspace USING (in_gala_scope(id));

DO $$
DECLARE
    name TEXT;
BEGIN
    FOREACH name IN ARRAY ARRAY['room', 'page', 'member', 'invitation', 'page_grant', 'share_link', 'audit_head',
        'audit_event'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
        EXECUTE format('CREATE POLICY of_one_workspace ON %I USING (in_gala_scope(workspace_id))', name);
    END LOOP;
    -- Of the rooms that can be seen.
    FOREACH name IN ARRAY ARRAY['room_log', 'room_snapshot', 'room_history'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
        EXECUTE format('CREATE POLICY of_one_workspace ON %I USING (current_setting(''gala.scope'', true) = ''server''
            OR EXISTS (SELECT 1 FROM room WHERE room.id = room_id))', name);
    END LOOP;
END
$$;

-- Keys of persons belong to no workspace.
ALTER TABLE api_key ENABLE ROW LEVEL SECURITY;
ALTER TABLE api_key FORCE ROW LEVEL SECURITY;
CREATE POLICY of_one_workspace ON api_key USING (in_gala_scope(workspace_id));

CREATE FUNCTION refuse_audit_change() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the audit is appended to, never changed';
END
$$;
CREATE TRIGGER audit_event_is_never_changed BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_event
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_audit_change();
