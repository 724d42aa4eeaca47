-- Journal and audit log are insert-only.
CREATE TRIGGER ledger_entries_no_update BEFORE UPDATE ON ledger_entries BEGIN
    SELECT RAISE(ABORT, 'ledger_entries is insert-only');
END;
CREATE TRIGGER ledger_entries_no_delete BEFORE DELETE ON ledger_entries BEGIN
    SELECT RAISE(ABORT, 'ledger_entries is insert-only');
END;
CREATE TRIGGER ledger_postings_no_update BEFORE UPDATE ON ledger_postings BEGIN
    SELECT RAISE(ABORT, 'ledger_postings is insert-only');
END;
CREATE TRIGGER ledger_postings_no_delete BEFORE DELETE ON ledger_postings BEGIN
    SELECT RAISE(ABORT, 'ledger_postings is insert-only');
END;
CREATE TRIGGER audit_entries_no_update BEFORE UPDATE ON audit_entries BEGIN
    SELECT RAISE(ABORT, 'audit_entries is insert-only');
END;
CREATE TRIGGER audit_entries_no_delete BEFORE DELETE ON audit_entries BEGIN
    SELECT RAISE(ABORT, 'audit_entries is insert-only');
END;
-- INSERT OR REPLACE would delete without the triggers above.
CREATE TRIGGER ledger_entries_no_replace BEFORE INSERT ON ledger_entries WHEN EXISTS (SELECT 1 FROM ledger_entries WHERE id = NEW.id) BEGIN
    SELECT RAISE(ABORT, 'ledger_entries is insert-only');
END;
CREATE TRIGGER ledger_postings_no_replace BEFORE INSERT ON ledger_postings WHEN EXISTS (SELECT 1 FROM ledger_postings WHERE id = NEW.id) BEGIN
    SELECT RAISE(ABORT, 'ledger_postings is insert-only');
END;
CREATE TRIGGER audit_entries_no_replace BEFORE INSERT ON audit_entries
    WHEN EXISTS (SELECT 1 FROM audit_entries WHERE lane = NEW.lane AND seq = NEW.seq) BEGIN
    SELECT RAISE(ABORT, 'audit_entries is insert-only');
END;
