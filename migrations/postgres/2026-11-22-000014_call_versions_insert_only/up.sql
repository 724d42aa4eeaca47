-- A published call is never edited: its versions are insert-only.
CREATE TRIGGER call_versions_insert_only BEFORE UPDATE OR DELETE OR TRUNCATE ON call_versions
    FOR EACH STATEMENT EXECUTE FUNCTION yichuang_refuse_change();
