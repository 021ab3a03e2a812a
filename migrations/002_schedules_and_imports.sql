-- How far each schedule of a stored workflow has come: no time up to `started` starts another run.
CREATE TABLE schedule_marks (
  workflow TEXT NOT NULL,
  schedule TEXT NOT NULL,     -- its cron line and time zone
  started  INTEGER NOT NULL,  -- the newest of its times that a run was started for, or refused
  PRIMARY KEY (workflow, schedule)
) STRICT, WITHOUT ROWID;

-- When a run was imported from another server's bundle; it never ran here.
ALTER TABLE runs ADD COLUMN imported INTEGER;
