-- The answer as the first request with this key was given it; who repeats the request later gets it word by word. Null
-- until that one was answered, and for a workflow, whose version tells the same at any time.
ALTER TABLE idempotency ADD COLUMN answer TEXT;
