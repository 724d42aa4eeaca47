-- Who saw whose data is kept as it was written.
CREATE TRIGGER personal_data_accesses_insert_only BEFORE UPDATE OR DELETE OR TRUNCATE ON personal_data_accesses
    FOR EACH STATEMENT EXECUTE FUNCTION yichuang_refuse_change();
