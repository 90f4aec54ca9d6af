-- Moments are milliseconds since 1970 in UTC. Sessions and short-lived values keep their row
-- numbers: they say which is older where the clock does not.

CREATE TABLE users (
    id TEXT NOT NULL PRIMARY KEY,
    login TEXT UNIQUE,
    display_name TEXT,
    email TEXT,
    role TEXT NOT NULL CHECK (role IN ('owner', 'member')),
    disabled INTEGER NOT NULL CHECK (disabled IN (0, 1)),
    created_at INTEGER NOT NULL,
    password TEXT,
    password_changed_at INTEGER,
    CHECK ((password IS NULL) = (password_changed_at IS NULL))
) STRICT;

CREATE TABLE identities (
    issuer TEXT NOT NULL,
    subject TEXT NOT NULL,
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    PRIMARY KEY (issuer, subject)
) STRICT, WITHOUT ROWID;

CREATE INDEX identities_by_user ON identities (user_id);

CREATE TABLE sessions (
    number INTEGER NOT NULL PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    method TEXT NOT NULL,
    name TEXT,
    client TEXT,
    address TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    authenticated_at INTEGER NOT NULL,
    last_seen_at INTEGER NOT NULL,
    ends_at INTEGER NOT NULL,
    long_lived BLOB NOT NULL UNIQUE CHECK (length(long_lived) = 32)
) STRICT;

CREATE INDEX sessions_by_user ON sessions (user_id, last_seen_at);

CREATE TABLE access (
    number INTEGER NOT NULL PRIMARY KEY,
    hash BLOB NOT NULL UNIQUE CHECK (length(hash) = 32),
    session_id TEXT NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
    ends_at INTEGER NOT NULL
) STRICT;

CREATE INDEX access_by_session ON access (session_id);

CREATE TABLE provider_sessions (
    session_id TEXT NOT NULL PRIMARY KEY REFERENCES sessions (id) ON DELETE CASCADE,
    issuer TEXT NOT NULL,
    subject TEXT NOT NULL,
    sid TEXT,
    tokens BLOB,
    version INTEGER NOT NULL,
    refresh_at INTEGER
) STRICT, WITHOUT ROWID;

CREATE INDEX provider_sessions_by_sid ON provider_sessions (issuer, sid);
CREATE INDEX provider_sessions_by_subject ON provider_sessions (issuer, subject);
CREATE INDEX provider_sessions_due ON provider_sessions (refresh_at) WHERE refresh_at IS NOT NULL;

CREATE TABLE counters (
    hash BLOB NOT NULL PRIMARY KEY CHECK (length(hash) = 32),
    failures INTEGER NOT NULL,
    blocked_until INTEGER,
    forget_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
