// What the gallery shows.

import type { Turn } from '../conversation/types';
import { turn } from './fake.svelte';

export const ANSWER = `There are **31 archives** from October, 84 GB in all. I copy them first, compare checksums, and
only then remove the originals; see [the plan](https://docs.example.org/plan) or <ada@example.org>.

## What was copied

| Folder | Files | Size | State |
|:--|--:|--:|:-:|
| \`/srv/backup/2026-10\` | 31 | 84.2 GB | equal |
| \`/srv/backup/2026-09\` | 30 | 81.7 GB | *waits* |

1. Copy with \`rsync -a --checksum\`
2. Compare
   - [x] sizes
   - [ ] checksums
3. Remove the originals

> The old disk stays readable until the end of the month.

\`\`\`rust
/// Whether all archives are there.
fn complete(archives: &[Archive]) -> bool {
    let wanted = 31; // October has 31 days
    archives.len() == wanted && archives.iter().all(|archive| archive.checksum == Some("sha256".to_owned()) && archive.readable())
}
\`\`\`

\`\`\`diff
- keep = 30
+ keep = 90
\`\`\`

[bank.example](https://other.example/login) says where it leads, HTML <b>stays text</b>, and a picture waits:
![the disk](https://pictures.example.net/disk.png)

---

مرحبا بالعالم، هذا نص من اليمين إلى اليسار.
`;

const THOUGHTS = 'The person wants the archives moved, not copied. A move that breaks off loses files, so: copy, compare, remove.';

export const STATES: Turn[] = [
  turn({ key: 'complete', ordinal: 0, prompt: 'The new disk is mounted at /srv/cold. Move last month’s backups there and check them.', images: ['a'], answer: ANSWER, thoughts: THOUGHTS }),
  turn({ key: 'stopped', ordinal: 1, prompt: 'And those of September?', answer: 'I have begun with', status: 'interrupted' }),
  turn({ key: 'empty', ordinal: 2, prompt: 'Go on.', answer: '', status: 'interrupted' }),
  turn({ key: 'warned', ordinal: 3, prompt: 'Summarise.', answer: 'All of October was', warning: 'The model may not write more, and the answer is not whole.' }),
  turn({
    key: 'failed', ordinal: 4, prompt: 'Once more, please.', answer: '', status: 'error',
    error: { code: 'model.rate_limited', message: 'The provider takes no more requests for now.', hint: 'hermes auth status xai', retryable: true },
  }),
  turn({ key: 'running', ordinal: 5, prompt: 'Now?', answer: 'While you decide, I **write the rep', thoughts: THOUGHTS, status: 'running' }),
  turn({ key: 'queued', ordinal: null, prompt: 'Then tell Grace.', answer: '', status: 'queued' }),
  turn({ key: 'sent', ordinal: null, prompt: 'And Ada.', answer: '', status: 'sent' }),
  turn({ key: 'waits', ordinal: null, prompt: 'averyveryveryveryverylongwordwithoutanyspacethathastobreaksomewhereinthewell', answer: '', status: 'waits' }),
];

/** As many turns with answers of some length. */
export function many(count: number): Turn[] {
  return Array.from({ length: count }, (_, at) =>
    turn({ key: `t${at}`, ordinal: at, prompt: `Question ${at}: what about archive ${at}?`, answer: ANSWER.slice(0, 200 + ((at * 397) % 900)) }),
  );
}
