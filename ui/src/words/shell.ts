const plural = new Intl.PluralRules('en');
const all = new Intl.ListFormat('en', { type: 'conjunction' });
const compact = new Intl.NumberFormat('en', { notation: 'compact' });
// As many digits as a price has: some are a fraction of a cent.
const dollars = new Intl.NumberFormat('en', { style: 'currency', currency: 'USD', maximumFractionDigits: 6, trailingZeroDisplay: 'stripIfInteger' });
const day = new Intl.DateTimeFormat('en', { month: 'long', year: 'numeric' });

/** How many are named before the others are counted. */
const NAMED = 3;

function conversations(count: number): string {
  return `${count} ${plural.select(count) === 'one' ? 'conversation' : 'conversations'}`;
}

function named(titles: readonly string[]): string {
  const others = titles.length - NAMED;
  return all.format([...titles.slice(0, NAMED).map((title) => `“${title}”`), ...(others > 0 ? [`${others} more`] : [])]);
}

export const shell = {
  name: 'Hermes',
  /** What the keys and the palette do. */
  actions: {
    palette: 'Go to a conversation, or do something',
    newConversation: 'New conversation',
    find: 'Find in this conversation',
    previous: 'Conversation above',
    next: 'Conversation below',
    previousVersion: 'Previous version of a prompt',
    nextVersion: 'Next version of a prompt',
    settings: 'Settings',
    write: 'Back to writing',
    shortcuts: 'Keys',
  },
  side: {
    label: 'Conversations',
    show: 'Show conversations',
    showOf: (gateway: string) => `${gateway}: show conversations`,
    hide: 'Hide conversations',
    search: 'Search conversations',
    looking: 'Looking',
    loading: 'Reading the list',
    again: 'Try again',
    found: (count: number) => `${conversations(count)} found`,
    nothing: 'No conversations yet. What you ask begins one.',
    nothingFound: (sought: string) => `Nothing is found for “${sought}”.`,
    archived: 'Archived',
    nothingArchived: 'Nothing is in the archive.',
    showArchived: 'Show archived',
    hideArchived: 'Hide archived',
    more: 'Older conversations',
    untitled: 'Without a title',
    running: 'answering',
    fresh: 'new',
    menu: (title: string) => `What can be done with “${title}”`,
    pin: 'Pin',
    unpin: 'Unpin',
    rename: 'Rename',
    renamed: 'New title',
    save: 'Save',
    cancel: 'Cancel',
    archive: 'Archive',
    restore: 'Take out of the archive',
    exportMarkdown: 'Export as Markdown',
    exportJson: 'Export as JSON',
    delete: 'Delete',
    deleted: (title: string) => `“${title}” is deleted.`,
    undo: 'Undo',
  },
  /** The same for several at once. */
  several: {
    begin: 'Select',
    end: 'Done',
    label: 'What can be done with what is selected',
    selected: (count: number) => `${count} selected`,
    all: 'Select all shown',
    none: 'Select none',
    archive: 'Archive',
    restore: 'Take out of the archive',
    export: 'Export as JSON',
    delete: 'Delete',
    stop: 'Stop',
    close: 'Close',
    doing: {
      archived: (done: number, of: number) => `Archiving: ${done} of ${of}`,
      restored: (done: number, of: number) => `Taking out of the archive: ${done} of ${of}`,
      exported: (done: number, of: number) => `Reading what was said: ${done} of ${of}`,
    },
    done: {
      archived: (count: number) => `${conversations(count)} archived.`,
      restored: (count: number) => `${conversations(count)} taken out of the archive.`,
      exported: (count: number) => `${conversations(count)} exported.`,
    },
    partly: {
      archived: (done: number, of: number, not: string[]) => `${done} of ${of} archived; these were not: ${named(not)}.`,
      restored: (done: number, of: number, not: string[]) => `${done} of ${of} taken out of the archive; these were not: ${named(not)}.`,
      exported: (done: number, of: number, not: string[]) => `${done} of ${of} exported; these are not in the file: ${named(not)}.`,
      deleted: (done: number, of: number, not: string[]) => `${done} of ${of} deleted; these were not: ${named(not)}.`,
    },
    deleted: (count: number) => `${conversations(count)} are deleted.`,
  },
  when: {
    pinned: 'Pinned',
    today: 'Today',
    yesterday: 'Yesterday',
    week: 'The last seven days',
    month: (at: Date) => day.format(at),
  },
  connection: {
    connecting: 'Connecting',
    live: 'Live',
    away: 'Not connected',
    signedOut: 'Signed out',
    refused: 'Refused',
    tooOld: 'Too old',
  },
  palette: {
    label: 'Go to',
    prompt: 'A conversation, an action, a setting',
    nothing: 'Nothing has that name.',
    conversation: 'Conversation',
    count: (count: number) => `${count} ${plural.select(count) === 'one' ? 'entry' : 'entries'}`,
  },
  model: {
    label: 'Model',
    prompt: 'A model, or whose it is',
    looking: 'Asking which models there are',
    retry: 'The model that answers again, and from then on in this conversation',
    recent: (provider: string) => `${provider}, chosen here before`,
    needsSignIn: 'Needs a sign-in',
    needsKey: 'Needs an API key',
    unlisted: 'Its models are not known',
    signIn: (provider: string) => `Sign in to ${provider}`,
    again: (provider: string) => `Ask ${provider} again`,
    context: (tokens: number) => `${compact.format(tokens)} context`,
    /** In dollars, for a million tokens. */
    price: (input: number, output: number) => `${dollars.format(input)} in / ${dollars.format(output)} out per million`,
    free: 'free',
  },
  shortcuts: {
    title: 'Keys',
    close: 'Close',
    /** What is printed on keys, which keyboards of another language have otherwise. */
    printed: { ctrl: 'Ctrl', alt: 'Alt', shift: 'Shift', escape: 'Esc', space: 'Space' },
    /** Keys while somebody selects conversations. */
    selecting: {
      one: 'While selecting: this one',
      range: 'While selecting: all up to this one',
      all: 'While selecting: all that are shown, or none',
      end: 'While selecting: end it',
    },
    /** Keys of the field in which somebody writes, which knows them itself. */
    writing: [
      { text: 'Send', key: 'Enter' },
      { text: 'New line', key: 'Shift+Enter' },
      { text: 'Stop the answer', key: 'Esc' },
    ],
  },
  answered: 'The answer is there.',
  loading: 'Loading the page',
  failed: 'This part of the page could not be loaded. The gateway may have been updated.',
  reload: 'Load the page again',
  /** The title of the window while something waits there. */
  title: (place: string, waits: boolean, count: number) => `${count > 0 ? `(${count}) ` : waits ? '● ' : ''}${place} · Hermes`,
};
