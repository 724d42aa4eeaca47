-- What was shown with a decision is never edited.
CREATE TRIGGER review_snapshots_no_update BEFORE UPDATE ON review_snapshots BEGIN
    SELECT RAISE(ABORT, 'review_snapshots is insert-only');
END;
CREATE TRIGGER review_snapshots_no_delete BEFORE DELETE ON review_snapshots BEGIN
    SELECT RAISE(ABORT, 'review_snapshots is insert-only');
END;
-- INSERT OR REPLACE would delete without the triggers above.
CREATE TRIGGER review_snapshots_no_replace BEFORE INSERT ON review_snapshots
    WHEN EXISTS (SELECT 1 FROM review_snapshots WHERE round_id = NEW.round_id AND kind = NEW.kind) BEGIN
    SELECT RAISE(ABORT, 'review_snapshots is insert-only');
END;
