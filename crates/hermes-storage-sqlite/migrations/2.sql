-- An identity that an invitation or the owner has let in counts whatever the settings' lists say.
ALTER TABLE identities ADD COLUMN vouched INTEGER NOT NULL DEFAULT 0 CHECK (vouched IN (0, 1));

-- The user of an invitation need not be there yet, so it is no reference.
CREATE TABLE invitations (
    user_id TEXT NOT NULL PRIMARY KEY,
    hash BLOB NOT NULL UNIQUE CHECK (length(hash) = 32),
    role TEXT NOT NULL CHECK (role IN ('owner', 'member')),
    display_name TEXT,
    ends_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
