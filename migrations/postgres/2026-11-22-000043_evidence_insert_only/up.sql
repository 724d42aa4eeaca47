-- What was sealed is insert-only, as the audit log is.
CREATE TRIGGER audit_leaves_insert_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_leaves
    FOR EACH STATEMENT EXECUTE FUNCTION yichuang_refuse_change();
CREATE TRIGGER log_leaves_insert_only BEFORE UPDATE OR DELETE OR TRUNCATE ON log_leaves
    FOR EACH STATEMENT EXECUTE FUNCTION yichuang_refuse_change();
CREATE TRIGGER tree_nodes_insert_only BEFORE UPDATE OR DELETE OR TRUNCATE ON tree_nodes
    FOR EACH STATEMENT EXECUTE FUNCTION yichuang_refuse_change();
CREATE TRIGGER audit_checkpoints_insert_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_checkpoints
    FOR EACH STATEMENT EXECUTE FUNCTION yichuang_refuse_change();
CREATE TRIGGER evidence_keys_insert_only BEFORE UPDATE OR DELETE OR TRUNCATE ON evidence_keys
    FOR EACH STATEMENT EXECUTE FUNCTION yichuang_refuse_change();
CREATE TRIGGER public_statements_insert_only BEFORE UPDATE OR DELETE OR TRUNCATE ON public_statements
    FOR EACH STATEMENT EXECUTE FUNCTION yichuang_refuse_change();
