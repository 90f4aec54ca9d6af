// What README shows of the terminal client: `hermes connect` in mid-conversation, in a terminal on either ground.
import { symlink } from 'node:fs/promises';
import { drawing } from './drawing.mjs';
import { Gateway, OWNER } from './gateway.mjs';
import { Hermes } from './hermes.mjs';
import { ModelServer } from './model-server.mjs';
import { Screen } from './screen.mjs';
import { hermesBinary, repositoryFile } from './settings.mjs';

const FIRST = `There are **31 archives** from October, 84 GB in all:

| host | archives | size |
|---|---|---|
| build7 | 24 | 61.4 GB |
| build8 | 7 | 22.8 GB |

They are copied first, and compared:

\`\`\`sh
rsync -a --checksum /srv/backup/2026-10/ /srv/cold/2026-10/
\`\`\`
`;
const SECOND = 'All 31 are equal. Before the originals go, one thing is worth a look: `build8` kept its archives';

/** What a terminal says of its ground, by the variable that some set to their two colours. */
const GROUNDS = { light: '0;15', dark: '15;0' };

/** Where these pictures are. */
export const pictureOf = (ground) => repositoryFile(`docs/src/images/terminal-${ground}.svg`);

/** Has the conversation, and answers with both pictures as they are now, by their ground. */
export async function midConversation(rig) {
  const model = await ModelServer.start(rig);
  const gateway = await Gateway.start(rig, 'build7', { owner: OWNER, config: model.settings });
  const programs = await rig.folder('programs');
  await symlink(hermesBinary(), `${programs}/hermes`);
  const pictures = {};
  for (const ground of Object.keys(GROUNDS)) pictures[ground] = await picture(rig, { model, gateway, programs, ground });
  return pictures;
}

async function picture(rig, { model, gateway, programs, ground }) {
  const laptop = await Hermes.home(rig, ground);
  const signIn = ['connect', gateway.origin, '--sign-in-only', '--name', 'build7', '--user', OWNER.username, '--password-stdin'];
  await rig.run(...laptop.command(signIn), { env: laptop.environment(), input: `${OWNER.password}\n` });
  const environment = { ...laptop.environment(), PATH: `${programs}:/usr/bin:/bin`, PS1: 'laptop $ ', COLORFGBG: GROUNDS[ground] };
  const screen = await Screen.open(rig, `screen-${ground}`, '/bin/sh', ['-i'], environment, [84, 30]);
  await screen.shows(/laptop \$/);
  await screen.types('hermes connect build7');
  await screen.shows(/connected/);
  const asks = async (prompt, text) => {
    const asked = model.asked();
    await screen.types(prompt);
    const answer = await asked;
    await answer.put(text);
    return answer;
  };
  const first = await asks('Which backups are from last month?', FIRST);
  await first.end();
  await screen.shows(/rsync -a/);
  const second = await asks('Are the copies equal?', SECOND);
  await screen.shows(/its archives\n/);
  await screen.puts('Then remove the old');
  await screen.shows(/Then remove the old/);
  const painted = await screen.painted();
  await second.end();
  return drawing(painted, ground);
}
