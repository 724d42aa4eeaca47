-- Who saw whose data is kept as it was written.
CREATE TRIGGER personal_data_accesses_no_update BEFORE UPDATE ON personal_data_accesses BEGIN
    SELECT RAISE(ABORT, 'personal_data_accesses is insert-only');
END;
CREATE TRIGGER personal_data_accesses_no_delete BEFORE DELETE ON personal_data_accesses BEGIN
    SELECT RAISE(ABORT, 'personal_data_accesses is insert-only');
END;
-- INSERT OR REPLACE would delete without the triggers above.
CREATE TRIGGER personal_data_accesses_no_replace BEFORE INSERT ON personal_data_accesses
    WHEN EXISTS (SELECT 1 FROM personal_data_accesses WHERE id = NEW.id) BEGIN
    SELECT RAISE(ABORT, 'personal_data_accesses is insert-only');
END;
