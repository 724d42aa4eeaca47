-- What was shown with a decision is never edited.
CREATE TRIGGER review_snapshots_insert_only BEFORE UPDATE OR DELETE OR TRUNCATE ON review_snapshots
    FOR EACH STATEMENT EXECUTE FUNCTION yichuang_refuse_change();
