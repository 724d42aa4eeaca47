DROP TRIGGER ledger_entries_insert_only ON ledger_entries;
DROP TRIGGER ledger_postings_insert_only ON ledger_postings;
DROP TRIGGER audit_entries_insert_only ON audit_entries;
DROP FUNCTION yichuang_refuse_change();
