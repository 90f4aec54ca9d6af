-- What its owner has put first, and a list that begins with it.
ALTER TABLE conversations ADD COLUMN pinned INTEGER NOT NULL DEFAULT 0 CHECK (pinned IN (0, 1));

CREATE INDEX conversations_by_pin ON conversations (user_id, archived, pinned, last_active_at);
