// What agents do and ask, for tests and for the gallery.

import type { Step } from '../conversation/steps';
import type { Turn } from '../conversation/types';
import { turn } from './fake.svelte';

export function step(of: Partial<Step> & { key: string }): Step {
  const said = { about: '', args: '', progress: '', result: '', error: '', diff: '', risk: '' };
  return { id: of.key, kind: 'tool', name: 'shell', ...said, seconds: null, state: 'done', at: 0, ...of };
}

const FIRST = 'There are **31 archives** from October. I copy them first.';

/** A turn with steps in every state. */
export const WORK: Turn = turn({
  key: 'work',
  ordinal: 6,
  prompt: 'Move last month’s backups to the new disk.',
  answer: `${FIRST}\n\nThey are copied; I compare them, and look what else there is.`,
  status: 'running',
  steps: [
    step({ key: 's0', name: 'shell', about: 'ls /srv/backup/2026-10', seconds: 0.2, args: '{\n  "command": "ls /srv/backup/2026-10"\n}', result: 'a.tar\nb.tar', at: FIRST.length }),
    step({ key: 's1', name: 'shell', about: 'rsync -a --checksum /srv/backup/2026-10/ /srv/cold/2026-10/', seconds: 184, result: 'sent 84.2 GB', at: FIRST.length }),
    step({ key: 's2', name: 'write_file', about: '/etc/cron.d/backup', state: 'failed', seconds: 0.1, error: 'BLOCKED: a person has denied it', at: FIRST.length }),
    step({ key: 's3', kind: 'agent', name: '', about: 'Look whether anything else writes to the old disk', state: 'running', progress: 'shell: lsof /srv/backup', at: 400 }),
    step({ key: 's4', name: 'shell', about: 'sha256sum -c\u202e SUMS', state: 'unknown', at: 400 }),
    step({ key: 's5', name: 'averyveryverylongnameofatoolthathastobreaksomewhere', state: 'preparing', at: 400 }),
  ],
  others: [{ name: 'moa.reference', count: 2 }],
});
