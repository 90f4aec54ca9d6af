-- The half of a refresh token that each refresh replaces. Who has one is an app; browsers, whose
-- long-lived value stays the same, have none.
ALTER TABLE sessions ADD COLUMN turn BLOB CHECK (length(turn) = 32);
