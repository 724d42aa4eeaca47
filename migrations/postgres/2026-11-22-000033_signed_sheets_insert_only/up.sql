-- What was signed is kept as it was signed: the versions of a sheet are insert-only.
CREATE TRIGGER review_versions_insert_only BEFORE UPDATE OR DELETE OR TRUNCATE ON review_versions
    FOR EACH STATEMENT EXECUTE FUNCTION yichuang_refuse_change();
