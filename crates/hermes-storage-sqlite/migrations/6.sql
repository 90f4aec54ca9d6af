-- Conversations keep their row numbers, by which the rows of their logs name them: those are many, and
-- the ids are long. In token mode there is no user, so theirs is no reference.
CREATE TABLE conversations (
    number INTEGER NOT NULL PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    user_id TEXT NOT NULL,
    parent INTEGER REFERENCES conversations (number) ON DELETE SET NULL,
    source TEXT NOT NULL,
    title TEXT,
    settings TEXT NOT NULL,
    archived INTEGER NOT NULL CHECK (archived IN (0, 1)),
    created_at INTEGER NOT NULL,
    preview TEXT,
    message_count INTEGER NOT NULL,
    last_active_at INTEGER NOT NULL,
    running INTEGER NOT NULL CHECK (running IN (0, 1)),
    last_seq INTEGER NOT NULL
) STRICT;

CREATE INDEX conversations_by_user ON conversations (user_id, archived, last_active_at);
CREATE INDEX conversations_by_title ON conversations (user_id, title, last_active_at)
    WHERE title IS NOT NULL;
CREATE INDEX conversations_by_parent ON conversations (parent) WHERE parent IS NOT NULL;
CREATE INDEX conversations_running ON conversations (running) WHERE running = 1;

-- With row numbers, since an entry may be larger than what fits into a node of a tree by key.
CREATE TABLE entries (
    conversation INTEGER NOT NULL REFERENCES conversations (number) ON DELETE CASCADE,
    seq INTEGER NOT NULL,
    kind TEXT NOT NULL,
    at INTEGER NOT NULL,
    json TEXT NOT NULL,
    PRIMARY KEY (conversation, seq)
) STRICT;

-- By what entries are found.
CREATE TABLE texts (
    number INTEGER NOT NULL PRIMARY KEY,
    conversation INTEGER NOT NULL REFERENCES conversations (number) ON DELETE CASCADE,
    seq INTEGER NOT NULL,
    user_id TEXT NOT NULL,
    text TEXT NOT NULL
) STRICT;

CREATE UNIQUE INDEX texts_by_entry ON texts (conversation, seq);

-- The user is in the index too, so that a search costs what its user has, not what all have.
CREATE VIRTUAL TABLE search USING fts5 (
    user_id, text,
    content = 'texts', content_rowid = 'number', tokenize = 'unicode61 remove_diacritics 2'
);

CREATE TRIGGER texts_into_search AFTER INSERT ON texts BEGIN
    INSERT INTO search (rowid, user_id, text) VALUES (new.number, new.user_id, new.text);
END;

CREATE TRIGGER texts_out_of_search AFTER DELETE ON texts BEGIN
    INSERT INTO search (search, rowid, user_id, text)
    VALUES ('delete', old.number, old.user_id, old.text);
END;

CREATE TABLE attachments (
    conversation INTEGER NOT NULL REFERENCES conversations (number) ON DELETE CASCADE,
    hash BLOB NOT NULL CHECK (length(hash) = 32),
    media_type TEXT NOT NULL,
    size INTEGER NOT NULL CHECK (size = length(bytes)),
    bytes BLOB NOT NULL,
    PRIMARY KEY (conversation, hash)
) STRICT;

-- As what the gateway numbers events, and whether it ended in order: one row.
CREATE TABLE runs (
    number INTEGER NOT NULL PRIMARY KEY CHECK (number = 1),
    epoch TEXT NOT NULL,
    ended INTEGER NOT NULL CHECK (ended IN (0, 1))
) STRICT;
