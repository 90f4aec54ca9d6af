// What an agent does besides writing, and what it asks before it goes on.

const number = new Intl.NumberFormat();
const plural = new Intl.PluralRules();
const clock = new Intl.DateTimeFormat(undefined, { timeStyle: 'short' });
const unit = (name: string, digits: number) =>
  new Intl.NumberFormat(undefined, { style: 'unit', unit: name, unitDisplay: 'short', maximumFractionDigits: digits });
const tenths = unit('second', 1);
const seconds = unit('second', 0);
const minutes = unit('minute', 0);
const hours = unit('hour', 0);

/** How long something takes. */
function duration(taken: number): string {
  if (taken < 10) return tenths.format(taken);
  const whole = Math.round(taken);
  if (whole < 60) return seconds.format(whole);
  if (whole < 3600) return `${minutes.format(Math.floor(whole / 60))} ${seconds.format(whole % 60)}`;
  return `${hours.format(Math.floor(whole / 3600))} ${minutes.format(Math.floor((whole % 3600) / 60))}`;
}

export const work = {
  // Steps
  states: {
    preparing: 'Being prepared',
    running: 'Running',
    done: 'Done',
    failed: 'Failed',
    unknown: 'Not known how it ended',
  },
  agent: 'Agent',
  tool: 'Tool',
  took: duration,
  steps: 'What the agent did',
  args: 'Arguments',
  progress: 'Progress',
  result: 'Result',
  error: 'Error',
  diff: 'Changes',
  risk: 'Risk',
  nothing: 'Nothing more is known of it.',
  showAll: (characters: number) => `Show all ${number.format(characters)} characters`,
  details: 'What else happened',
  other: (name: string, count: number) =>
    count === 1
      ? `The agent did something that this page does not know: ${name}`
      : `The agent did something that this page does not know, ${number.format(count)} times: ${name}`,

  // What is asked
  asks: {
    approval: 'The agent wants to run this',
    question: 'The agent asks',
    password: 'The agent wants to run something as administrator',
    secret: 'The agent needs a secret',
    untold: 'The agent waits for an answer',
  },
  untold:
    'It was asked before this page was open, and the gateway does not say what. Stop ends the answer, and you can ask again.',
  announced: (title: string, text: string) => (text === '' ? `${title}.` : `${title}: ${text}`),
  waits: 'What the agent waits for',
  command: 'Command',
  folder: 'Folder',
  host: 'Host',
  gateway: 'Gateway',
  why: 'Why it asks',
  called: 'Goes to',
  asked: (at: number) => `Asked at ${clock.format(at)}`,
  left: (left: number) => `${duration(Math.ceil(left))} left`,
  noneLeft: 'Its time is over',
  once: 'Allow once',
  session: 'Allow for this conversation',
  deny: 'Deny',
  reason: 'Reason, told to the agent',
  answer: 'Answer',
  yourAnswer: 'Your answer',
  passwordField: 'Password for sudo there',
  secretField: 'Secret',
  notKept: 'It goes to the gateway, and is not kept in this browser.',
  hidden: 'Characters that cannot be seen are written out here, such as ‹U+202E›.',
  old: 'This was asked before the connection broke, and the gateway does not say whether it still waits for the same. So it can only be denied here; the agent can ask again.',
  later: 'It can be answered after the one above it.',
  answering: 'Answering',
  outcomes: {
    allowed: 'Allowed.',
    denied: 'Denied.',
    answered: 'Answered.',
    elsewhere: 'It was answered elsewhere, or its time was over.',
    expired: 'Its time was over.',
    ended: 'Nobody waits for it any more.',
  },
  notAnswered: 'Not answered',
  notTold: 'The agent was not told the reason',
  notTaken: 'The agent takes no words while it does this.',
  close: 'Close',

  // All that waits
  waiting: 'Waiting for you',
  nothingWaits: 'Nothing waits for you.',
  waitsThere: 'The agent waits here. The conversation says for what.',
  open: 'Open the conversation',
  count: (count: number) => `${number.format(count)} ${plural.select(count) === 'one' ? 'thing waits' : 'things wait'} for you`,
  told: 'The agent waits for you.',
  inRow: 'waits for you',
};
