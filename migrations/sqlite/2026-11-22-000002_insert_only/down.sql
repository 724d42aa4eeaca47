DROP TRIGGER ledger_entries_no_update;
DROP TRIGGER ledger_entries_no_delete;
DROP TRIGGER ledger_postings_no_update;
DROP TRIGGER ledger_postings_no_delete;
DROP TRIGGER audit_entries_no_update;
DROP TRIGGER audit_entries_no_delete;
