-- What the tables cannot say of themselves. A workspace's rows are kept apart by every statement's
-- WHERE; SQLite has no second wall.

CREATE TRIGGER audit_event_is_never_updated BEFORE UPDATE ON audit_event BEGIN
    SELECT RAISE(ABORT, 'the audit is appended to, never changed');
END;
CREATE TRIGGER audit_event_is_never_deleted BEFORE DELETE ON audit_event BEGIN
    SELECT RAISE(ABORT, 'the audit is appended to, never changed');
END;
-- INSERT OR REPLACE deletes without asking the trigger above.
CREATE TRIGGER audit_event_is_never_replaced BEFORE INSERT ON audit_event
WHEN EXISTS (
    SELECT 1 FROM audit_event
    WHERE (workspace_id = NEW.workspace_id AND seq = NEW.seq) OR rowid = NEW.rowid
) BEGIN
    SELECT RAISE(ABORT, 'the audit is appended to, never changed');
END;
