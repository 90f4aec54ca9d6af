-- As what the authenticators of a person know them: random bytes that say nothing of anybody.
ALTER TABLE users ADD COLUMN handle BLOB CHECK (length(handle) = 32);

CREATE TABLE passkeys (
    id TEXT NOT NULL PRIMARY KEY,
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    credential_id BLOB NOT NULL UNIQUE CHECK (length(credential_id) BETWEEN 1 AND 1023),
    credential TEXT NOT NULL,
    name TEXT,
    created_at INTEGER NOT NULL,
    last_used_at INTEGER
) STRICT, WITHOUT ROWID;

CREATE INDEX passkeys_by_user ON passkeys (user_id);

-- The passkey that a session was opened by, which it ends with.
ALTER TABLE sessions ADD COLUMN passkey_id TEXT;
