// Draws README's pictures of the terminal client, in light and dark. Not a test; run it when `chat.test.mjs` says that
// they are stale: `HERMES_E2E_BINARY=$PWD/../../target/debug/hermes node terminal-picture.mjs`.
import { writeFile } from 'node:fs/promises';
import { midConversation, pictureOf } from './rig/mid-conversation.mjs';
import { Rig } from './rig/rig.mjs';

const rig = await Rig.open();
for (const [ground, picture] of Object.entries(await midConversation(rig))) await writeFile(pictureOf(ground), picture);
await rig.close();
