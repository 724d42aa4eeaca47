-- A published call is never edited: its versions are insert-only.
CREATE TRIGGER call_versions_no_update BEFORE UPDATE ON call_versions BEGIN
    SELECT RAISE(ABORT, 'call_versions is insert-only');
END;
CREATE TRIGGER call_versions_no_delete BEFORE DELETE ON call_versions BEGIN
    SELECT RAISE(ABORT, 'call_versions is insert-only');
END;
-- INSERT OR REPLACE would delete without the triggers above.
CREATE TRIGGER call_versions_no_replace BEFORE INSERT ON call_versions
    WHEN EXISTS (SELECT 1 FROM call_versions WHERE round_id = NEW.round_id AND number = NEW.number) BEGIN
    SELECT RAISE(ABORT, 'call_versions is insert-only');
END;
