// What the worker of the page says while no page is open. It is built alone, so its words are too.

export const worker = {
  /** Where a conversation has no title yet. */
  name: 'Hermes',
  finished: 'The answer is there.',
  failed: 'There is no answer: the conversation says why.',
  /** What another version of the gateway tells. */
  other: 'Something has happened.',
};
