DROP TABLE defence_slots;
DROP TABLE defence_sessions;
DROP TABLE supervisor_notes;
DROP TABLE review_versions;
DROP TABLE sheet_reminders;
DROP TABLE review_extensions;
DROP TABLE review_schedules;
