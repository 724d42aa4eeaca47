DROP TABLE track_records;
