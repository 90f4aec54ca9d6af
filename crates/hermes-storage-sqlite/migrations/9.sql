-- Where a browser is told of what happens while it is closed. It belongs to a sign-in and ends with it, and one
-- browser is told of one person's conversations.
CREATE TABLE push_subscriptions (
    session_id TEXT NOT NULL PRIMARY KEY REFERENCES sessions (id) ON DELETE CASCADE,
    endpoint TEXT NOT NULL UNIQUE,
    public_key BLOB NOT NULL CHECK (length(public_key) = 65),
    auth BLOB NOT NULL CHECK (length(auth) = 16),
    created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
