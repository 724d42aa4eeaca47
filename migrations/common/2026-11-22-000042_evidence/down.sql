ALTER TABLE notices DROP COLUMN checkpoint_root;
ALTER TABLE notices DROP COLUMN checkpoint_size;
DROP TABLE leases;
DROP TABLE public_statements;
DROP TABLE evidence_keys;
DROP TABLE audit_checkpoints;
DROP TABLE tree_nodes;
DROP TABLE log_leaves;
DROP TABLE audit_leaves;
