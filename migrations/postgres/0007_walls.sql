-- The second wall between workspaces for what has come since 0003_isolation: of the rooms that can be
-- seen. The names in account_alias are no workspace's.

DO $$
DECLARE
    name TEXT;
    may_grant CONSTANT BOOLEAN := (SELECT rolsuper OR rolcreaterole FROM pg_roles WHERE rolname = current_user);
BEGIN
    FOREACH name IN ARRAY ARRAY['room_keyframe', 'room_version', 'room_attribution', 'room_set_aside'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
        EXECUTE format('CREATE POLICY of_one_workspace ON %I USING (current_setting(''gala.scope'', true) = ''server''
            OR EXISTS (SELECT 1 FROM room WHERE room.id = room_id))', name);
        IF may_grant THEN
            EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I TO gala_tenant', name);
        END IF;
    END LOOP;
    IF may_grant THEN
        GRANT SELECT ON account_alias TO gala_tenant;
    END IF;
END
$$;
