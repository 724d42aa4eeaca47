DROP TRIGGER call_versions_insert_only ON call_versions;
