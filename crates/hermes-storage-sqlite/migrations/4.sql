-- What a session may do at most, whatever its user may. Those of before may do what their user may.
ALTER TABLE sessions ADD COLUMN at_most TEXT NOT NULL DEFAULT 'owner'
    CHECK (at_most IN ('owner', 'member'));
