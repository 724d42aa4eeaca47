DROP TABLE search_entries;
DROP TABLE import_faults;
DROP TABLE import_contents;
DROP TABLE imports;
DROP TABLE jobs;
