DROP TRIGGER call_versions_no_update;
DROP TRIGGER call_versions_no_delete;
DROP TRIGGER call_versions_no_replace;
