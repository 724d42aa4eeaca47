DROP TRIGGER audit_leaves_insert_only ON audit_leaves;
DROP TRIGGER log_leaves_insert_only ON log_leaves;
DROP TRIGGER tree_nodes_insert_only ON tree_nodes;
DROP TRIGGER audit_checkpoints_insert_only ON audit_checkpoints;
DROP TRIGGER evidence_keys_insert_only ON evidence_keys;
DROP TRIGGER public_statements_insert_only ON public_statements;
