const number = new Intl.NumberFormat();
const percent = new Intl.NumberFormat(undefined, { style: 'percent' });
const megabytes = new Intl.NumberFormat(undefined, { style: 'unit', unit: 'megabyte', maximumFractionDigits: 1 });
const plural = new Intl.PluralRules();

/** A number with what is counted, in English. */
function counted(count: number, one: string, many: string): string {
  return `${number.format(count)} ${plural.select(count) === 'one' ? one : many}`;
}

export const chat = {
  // Texts in Markdown
  taskDone: 'Done',
  taskOpen: 'Not done',
  table: 'Table',
  plainText: 'text',
  code: (language: string) => (language === '' ? 'Code' : `Code in ${language}`),
  wrap: 'Wrap',
  download: 'Download',
  copy: 'Copy',
  copied: 'Copied',
  notCopied: 'Not copied: the browser does not allow it',
  leadsTo: (host: string) => ` (${host})`,
  openPicture: (host: string) => `Open the picture from ${host}`,

  // Turns
  log: 'Conversation',
  you: 'You',
  answer: 'Answer',
  thoughts: 'Thoughts',
  thinking: 'Thinking',
  pictures: (count: number) => counted(count, 'picture', 'pictures'),
  waits: 'Is sent as soon as there is a connection',
  sent: 'On its way',
  queued: 'Asked after the answer that is being written',
  running: 'Answering',
  stopped: 'Stopped. This is what was written until then.',
  stoppedEmpty: 'Stopped before anything was written.',
  emptyAnswer: 'The answer is empty.',
  failed: 'The answer failed',
  next: 'Next',
  retryable: 'The same prompt may work later.',
  copyPrompt: 'Copy prompt',
  copyAnswer: 'Copy answer',
  edit: 'Edit',
  retry: 'Retry',
  retryWith: 'Retry with another model…',
  branch: 'Branch from here',
  branching: 'Branching',
  notBranched: 'Not branched',
  versions: 'Versions of the prompt',
  version: (at: number, of: number) => `${number.format(at)} of ${number.format(of)}`,
  versionShort: (at: number, of: number) => `${number.format(at)}/${number.format(of)}`,
  previousVersion: (at: number, of: number) => `Previous version of the prompt, ${number.format(at)} of ${number.format(of)} is shown`,
  nextVersion: (at: number, of: number) => `Next version of the prompt, ${number.format(at)} of ${number.format(of)} is shown`,
  versionWaits: 'Another version can be shown when the answer is there',
  notShown: 'Not shown',
  answeredBy: (model: string) => `Answered by ${model}`,
  raw: 'Source',
  opening: 'Opening the conversation',
  begins: 'New conversation',
  gone: 'No such conversation',
  missing: 'There is no such conversation here. It may have been deleted.',
  goOn: 'Begin a new one',
  empty: 'Nothing was said yet.',
  earlier: (count: number) => `Show ${counted(count, 'earlier turn', 'earlier turns')}`,
  fresh: (count: number) => (count === 0 ? 'Jump down' : `${number.format(count)} new, jump down`),

  // What is read aloud
  answering: 'Answering',
  done: (answer: string) => (answer === '' ? 'Done' : `Done. ${answer}`),
  wasStopped: 'Stopped',
  failure: (message: string, hint: string) => (hint === '' ? message : `${message} Next: ${hint}`),

  // The composer
  message: 'Message',
  placeholder: 'Ask, or tell it what to do next',
  send: 'Send',
  queue: 'Queue',
  stop: 'Stop',
  stopping: 'Stopping',
  attach: 'Attach',
  enterSends: 'Enter sends, Shift Enter for a new line',
  ctrlEnterSends: 'Ctrl Enter sends, Enter for a new line',
  buttonSends: 'The button sends, Enter for a new line',
  queues: 'What you send now is asked next',
  replaces: (turns: number) => `Sending makes a new version of this prompt; the old one keeps its ${counted(turns, 'turn', 'turns')}`,
  cancel: 'Cancel',
  notSent: 'Not sent',
  notStopped: 'Not stopped',
  notTakenBack: 'Not taken back',
  takeBack: 'Delete',
  sendNow: 'Send now',
  putBack: 'Put back',

  // Pictures
  limits: (most: number, bytes: number) =>
    `Up to ${number.format(most)} pictures: PNG, JPEG, GIF or WebP, each up to ${megabytes.format(bytes / 1_000_000)}`,
  blind: (model: string) => `${model} reads no pictures, as its provider says. Choose another model for this prompt.`,
  tooMany: (most: number) => `One prompt takes up to ${number.format(most)} pictures.`,
  uploading: 'Uploading',
  attached: 'Attached',
  notAttached: 'Not attached',
  remove: (name: string) => `Remove ${name}`,
  cancelUpload: (name: string) => `Cancel ${name}`,
  waitsForPictures: 'It can be sent when the pictures have arrived',
  dropHere: 'Drop pictures to attach them',

  // How full it is
  full: (part: number) => `${percent.format(part)} full`,
  used: (tokens: number) => counted(tokens, 'token', 'tokens'),
  model: 'Model',
  lastCall: 'Before the model now',
  room: 'Room in all',
  input: 'Sent so far',
  output: 'Answered so far',
  ofThoughts: 'Of these, thoughts',
  calls: 'Calls',
  tokens: (count: number) => number.format(count),
  took: (input: number, output: number) => `${number.format(input)} tokens in, ${number.format(output)} out`,

  // Find
  find: 'Find in this conversation',
  findShort: 'Find',
  found: (at: number, count: number) => (count === 0 ? 'None' : `${number.format(at)} of ${number.format(count)}`),
  previous: 'Previous',
  following: 'Next',
  close: 'Close',
};
