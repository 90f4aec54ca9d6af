-- Links under which anybody reads what was said in a conversation when the link was made.
CREATE TABLE shares (
    number INTEGER NOT NULL PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    hash BLOB NOT NULL UNIQUE CHECK (length(hash) = 32),
    conversation INTEGER NOT NULL REFERENCES conversations (number) ON DELETE CASCADE,
    title TEXT NOT NULL,
    made_at INTEGER NOT NULL,
    ends_at INTEGER,
    opened INTEGER NOT NULL DEFAULT 0,
    content TEXT NOT NULL
) STRICT;

CREATE INDEX shares_by_conversation ON shares (conversation);
