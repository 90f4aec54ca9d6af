const plural = new Intl.PluralRules('en');
const number = new Intl.NumberFormat('en');
const all = new Intl.ListFormat('en', { type: 'conjunction' });

/** How many are named before the others are counted. */
const NAMED = 3;

function counted(count: number, one: string, several: string): string {
  return `${number.format(count)} ${plural.select(count) === 'one' ? one : several}`;
}

const conversations = (count: number) => counted(count, 'conversation', 'conversations');

function named(titles: readonly string[]): string {
  const others = titles.length - NAMED;
  return all.format([...titles.slice(0, NAMED).map((title) => `“${title}”`), ...(others > 0 ? [`${number.format(others)} more`] : [])]);
}

export const importing = {
  heading: 'Import',
  about: 'Takes the JSON that this page exports, of one conversation or several, and the conversations.json of a ChatGPT export. The file is read here, and nothing of it is sent before you say so.',
  link: 'Import conversations',
  choose: 'Choose a file',
  chooseOther: 'Choose another file',
  reading: 'Reading the file',
  untitled: 'Without a title',
  /** Stands for a prompt that was a picture. */
  picture: '(A picture that was not imported.)',
  found: (count: number, messages: number) => `The file holds ${conversations(count)} with ${counted(messages, 'message', 'messages')} that can be imported.`,
  nothing: 'The file holds no conversation that can be imported.',
  left: 'What is not imported:',
  leftOut: {
    pictures: (count: number) => counted(count, 'picture', 'pictures'),
    tools: (count: number) => counted(count, 'call of a tool or its result', 'calls of tools and their results'),
    thoughts: (count: number) => counted(count, 'thought before an answer', 'thoughts before answers'),
    others: (count: number) => `${counted(count, 'part', 'parts')} of another kind, such as files, voice, and what was said before the first prompt`,
  },
  unfit: {
    unknown: (titles: string[]) => `${conversations(titles.length)} of a shape that this page does not know: ${named(titles)}`,
    empty: (titles: string[]) => `${conversations(titles.length)} in which nobody asks anything: ${named(titles)}`,
    tooMany: (titles: string[]) => `${conversations(titles.length)} of more than 10,000 messages: ${named(titles)}`,
    tooLarge: (titles: string[]) => `${conversations(titles.length)} with more text than the gateway takes: ${named(titles)}`,
  },
  order: 'They keep their dates, so that they stand in your list where they belong. The search finds them. What you have imported before is not imported twice.',
  begin: (count: number) => `Import ${conversations(count)}`,
  cancel: 'Cancel',
  stop: 'Stop',
  doing: (done: number, of: number) => `Importing: ${number.format(done)} of ${number.format(of)}`,
  done: (count: number, known: number) =>
    known === 0
      ? `${conversations(count)} imported.`
      : known === count
        ? `${conversations(count)} ${count === 1 ? 'was' : 'were'} here already.`
        : `${conversations(count - known)} imported; ${number.format(known)} ${known === 1 ? 'was' : 'were'} here already.`,
  partly: (done: number, of: number, not: string[]) => `${number.format(done)} of ${number.format(of)} imported; these were not: ${named(not)}.`,
  again: 'Try these again',
  none: {
    tooLarge: 'The file is larger than 50 MB. An export of fewer conversations can be imported.',
    notJson: 'The file is no JSON. A ChatGPT export is an archive: unpack it, and choose conversations.json.',
    unknown: 'The file is neither an export of this page nor the conversations.json of ChatGPT.',
    tooMany: 'The file holds more than 5,000 conversations. An export of fewer can be imported.',
    unreadable: 'The file cannot be read. Choose it again.',
  },
};
