// A person who asks in the chat of a terminal.
import assert from 'node:assert/strict';

/** Types a prompt, and has the model begin to answer it. */
export async function asks(screen, model, text) {
  // What is typed before the terminal is the chat's is a draft, and not sent.
  await screen.shows(/connected/);
  const asked = model.asked();
  await screen.types(text);
  const answer = await asked;
  assert.equal(answer.prompt, text);
  return answer;
}
