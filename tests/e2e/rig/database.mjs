// The database of a gateway, as another program reads it.
import { cp, readdir } from 'node:fs/promises';

const CHECK = `
import sqlite3, sys
with sqlite3.connect(sys.argv[1]) as database:
    print([line for line, in database.execute("PRAGMA integrity_check")])
`;

/** What SQLite finds wrong with the database of a home, whose gateway has ended. It looks at a copy, and mends nothing. */
export async function faults(hermes, name) {
  const copy = await hermes.rig.folder(name);
  // Of the other files of SQLite, the log of what was kept last is there after an unclean end alone.
  const files = (await readdir(hermes.place)).filter((name) => /^gateway\.db(-wal)?$/.test(name));
  for (const file of files) await cp(`${hermes.place}/${file}`, `${copy}/${file}`);
  const { stdout } = await hermes.rig.run('/usr/bin/python3', ['-c', CHECK, `${copy}/gateway.db`]);
  return stdout.trim() === "['ok']" ? '' : stdout;
}
