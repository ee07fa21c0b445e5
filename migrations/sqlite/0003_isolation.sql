-- What the tables cannot say of themselves. A workspace's rows are kept apart by every statement's
-- WHERE; SQLite has no second wall.

CREATE TRIGGER audit_event_is_never_updated BEFORE UPDATE ON audit_event BEGIN
    SELECT RAISE(ABORT, 'the audit is appended to, never changed');
END;
CREATE TRIGGER audit_event_is_never_deleted BEFORE DELETE ON audit_event BEGIN
    SELECT RAISE(ABORT, 'the audit is appended to, never changed');
END;
