-- What was signed is kept as it was signed: the versions of a sheet are insert-only.
CREATE TRIGGER review_versions_no_update BEFORE UPDATE ON review_versions BEGIN
    SELECT RAISE(ABORT, 'review_versions is insert-only');
END;
CREATE TRIGGER review_versions_no_delete BEFORE DELETE ON review_versions BEGIN
    SELECT RAISE(ABORT, 'review_versions is insert-only');
END;
-- INSERT OR REPLACE would delete without the triggers above.
CREATE TRIGGER review_versions_no_replace BEFORE INSERT ON review_versions
    WHEN EXISTS (SELECT 1 FROM review_versions WHERE review_id = NEW.review_id AND number = NEW.number) BEGIN
    SELECT RAISE(ABORT, 'review_versions is insert-only');
END;
