-- The event log, and the runs that own its parts.

-- Facts about this database as a whole: epoch, session, file.
CREATE TABLE meta (
  key   TEXT PRIMARY KEY,
  value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- One row: how far the log has come, rewritten by each transaction that adds to it.
CREATE TABLE log_state (
  one       INTEGER PRIMARY KEY CHECK (one = 1),
  last_id   INTEGER NOT NULL,
  last_time INTEGER NOT NULL
) STRICT;
INSERT INTO log_state VALUES (1, 0, 0);

-- pos is run_no << 32 | seq, so one run's events lie together, in order. run_no 0 is the system log.
-- json is the event's whole text, as it was and will be sent; the other columns are what queries look for in it.
CREATE TABLE events (
  pos   INTEGER PRIMARY KEY,
  id    INTEGER NOT NULL,
  type  TEXT NOT NULL,
  step  TEXT,
  level INTEGER,  -- of a log line: 0 debug, 1 info, 2 warn, 3 error; nothing else has one
  time  INTEGER NOT NULL,
  json  TEXT NOT NULL
) STRICT;

-- Log lines are by far the most events, so they are in no index.
CREATE UNIQUE INDEX events_by_id ON events (id) WHERE level IS NULL;
CREATE UNIQUE INDEX events_lifecycle ON events (pos) WHERE level IS NULL;

-- Definition texts, each kept once.
CREATE TABLE definitions (
  definition_id INTEGER PRIMARY KEY,
  hash          TEXT NOT NULL UNIQUE,  -- SHA-256, hexadecimal
  json          TEXT NOT NULL
) STRICT;

CREATE TABLE runs (
  run_no        INTEGER PRIMARY KEY,
  id            TEXT NOT NULL UNIQUE,  -- a ULID
  workflow      TEXT NOT NULL,
  version       INTEGER NOT NULL,
  status        TEXT NOT NULL,
  definition_id INTEGER NOT NULL REFERENCES definitions,
  inputs        TEXT NOT NULL,
  started_by    TEXT NOT NULL,
  created       INTEGER NOT NULL,
  started       INTEGER,
  ended         INTEGER,
  error         TEXT NOT NULL DEFAULT '',
  parent_run    TEXT NOT NULL DEFAULT '',
  parent_step   TEXT NOT NULL DEFAULT '',
  owner         TEXT NOT NULL DEFAULT '',       -- the node that drives the run
  generation    INTEGER NOT NULL DEFAULT 0      -- grows each time the owner changes
) STRICT;

CREATE INDEX runs_by_status ON runs (status, id);
CREATE INDEX runs_by_workflow ON runs (workflow, id);
CREATE INDEX runs_by_parent ON runs (parent_run) WHERE parent_run <> '';

-- Stored workflows. A deleted one keeps its versions, and its count of them.
CREATE TABLE workflows (
  name    TEXT PRIMARY KEY,
  version INTEGER NOT NULL,  -- the latest
  created INTEGER NOT NULL,
  deleted INTEGER
) STRICT, WITHOUT ROWID;

CREATE TABLE workflow_versions (
  name          TEXT NOT NULL REFERENCES workflows,
  version       INTEGER NOT NULL,
  definition_id INTEGER NOT NULL REFERENCES definitions,
  created       INTEGER NOT NULL,
  PRIMARY KEY (name, version)
) STRICT, WITHOUT ROWID;

-- What requests with an Idempotency-Key were answered.
CREATE TABLE idempotency (
  key         TEXT PRIMARY KEY,
  fingerprint TEXT NOT NULL,
  status      INTEGER NOT NULL,
  body        TEXT NOT NULL,
  time        INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX idempotency_by_time ON idempotency (time);
