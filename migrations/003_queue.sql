-- The job queue's tables: views of the logs, kept in the transactions that write those.

-- One row a job, for as long as its run is there. key is RUN.STEP; a lone job is known by its run's id alone.
CREATE TABLE jobs (
  job_no       INTEGER PRIMARY KEY,
  key          TEXT NOT NULL UNIQUE,
  lone         INTEGER NOT NULL,
  type         TEXT NOT NULL,
  name         TEXT NOT NULL,
  priority     INTEGER NOT NULL,
  requirements TEXT NOT NULL,
  payload      TEXT NOT NULL,
  status       TEXT NOT NULL,
  attempt      INTEGER NOT NULL,          -- the newest; also its fencing token
  worker       TEXT NOT NULL DEFAULT '',  -- that has it, or had it last
  error        TEXT NOT NULL DEFAULT '',
  submitted    INTEGER NOT NULL,
  assigned     INTEGER,
  started      INTEGER,
  ended        INTEGER
) STRICT;

CREATE INDEX jobs_by_status ON jobs (status, key);
CREATE INDEX jobs_by_type ON jobs (type, key);

CREATE TABLE machines (
  id         TEXT PRIMARY KEY,
  hostname   TEXT NOT NULL,
  status     TEXT NOT NULL,
  registered INTEGER NOT NULL,
  last_seen  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE workers (
  id           TEXT PRIMARY KEY,
  machine      TEXT NOT NULL,
  hostname     TEXT NOT NULL,
  status       TEXT NOT NULL,
  capabilities TEXT NOT NULL,
  types        TEXT NOT NULL,
  concurrency  INTEGER NOT NULL,
  connected    INTEGER NOT NULL,
  last_seen    INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
