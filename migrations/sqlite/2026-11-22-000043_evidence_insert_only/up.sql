-- What was sealed is insert-only, as the audit log is.
CREATE TRIGGER audit_leaves_no_update BEFORE UPDATE ON audit_leaves BEGIN
    SELECT RAISE(ABORT, 'audit_leaves is insert-only');
END;
CREATE TRIGGER audit_leaves_no_delete BEFORE DELETE ON audit_leaves BEGIN
    SELECT RAISE(ABORT, 'audit_leaves is insert-only');
END;
CREATE TRIGGER audit_leaves_no_replace BEFORE INSERT ON audit_leaves
    WHEN EXISTS (SELECT 1 FROM audit_leaves WHERE position = NEW.position) BEGIN
    SELECT RAISE(ABORT, 'audit_leaves is insert-only');
END;
CREATE TRIGGER log_leaves_no_update BEFORE UPDATE ON log_leaves BEGIN
    SELECT RAISE(ABORT, 'log_leaves is insert-only');
END;
CREATE TRIGGER log_leaves_no_delete BEFORE DELETE ON log_leaves BEGIN
    SELECT RAISE(ABORT, 'log_leaves is insert-only');
END;
CREATE TRIGGER log_leaves_no_replace BEFORE INSERT ON log_leaves
    WHEN EXISTS (SELECT 1 FROM log_leaves WHERE position = NEW.position) BEGIN
    SELECT RAISE(ABORT, 'log_leaves is insert-only');
END;
CREATE TRIGGER tree_nodes_no_update BEFORE UPDATE ON tree_nodes BEGIN
    SELECT RAISE(ABORT, 'tree_nodes is insert-only');
END;
CREATE TRIGGER tree_nodes_no_delete BEFORE DELETE ON tree_nodes BEGIN
    SELECT RAISE(ABORT, 'tree_nodes is insert-only');
END;
CREATE TRIGGER tree_nodes_no_replace BEFORE INSERT ON tree_nodes
    WHEN EXISTS (SELECT 1 FROM tree_nodes WHERE tree = NEW.tree AND level = NEW.level AND position = NEW.position) BEGIN
    SELECT RAISE(ABORT, 'tree_nodes is insert-only');
END;
CREATE TRIGGER audit_checkpoints_no_update BEFORE UPDATE ON audit_checkpoints BEGIN
    SELECT RAISE(ABORT, 'audit_checkpoints is insert-only');
END;
CREATE TRIGGER audit_checkpoints_no_delete BEFORE DELETE ON audit_checkpoints BEGIN
    SELECT RAISE(ABORT, 'audit_checkpoints is insert-only');
END;
CREATE TRIGGER audit_checkpoints_no_replace BEFORE INSERT ON audit_checkpoints
    WHEN EXISTS (SELECT 1 FROM audit_checkpoints WHERE size = NEW.size) BEGIN
    SELECT RAISE(ABORT, 'audit_checkpoints is insert-only');
END;
CREATE TRIGGER evidence_keys_no_update BEFORE UPDATE ON evidence_keys BEGIN
    SELECT RAISE(ABORT, 'evidence_keys is insert-only');
END;
CREATE TRIGGER evidence_keys_no_delete BEFORE DELETE ON evidence_keys BEGIN
    SELECT RAISE(ABORT, 'evidence_keys is insert-only');
END;
CREATE TRIGGER evidence_keys_no_replace BEFORE INSERT ON evidence_keys
    WHEN EXISTS (SELECT 1 FROM evidence_keys WHERE id = NEW.id) BEGIN
    SELECT RAISE(ABORT, 'evidence_keys is insert-only');
END;
CREATE TRIGGER public_statements_no_update BEFORE UPDATE ON public_statements BEGIN
    SELECT RAISE(ABORT, 'public_statements is insert-only');
END;
CREATE TRIGGER public_statements_no_delete BEFORE DELETE ON public_statements BEGIN
    SELECT RAISE(ABORT, 'public_statements is insert-only');
END;
CREATE TRIGGER public_statements_no_replace BEFORE INSERT ON public_statements
    WHEN EXISTS (SELECT 1 FROM public_statements WHERE subject = NEW.subject) BEGIN
    SELECT RAISE(ABORT, 'public_statements is insert-only');
END;
