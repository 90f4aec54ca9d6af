const plural = new Intl.PluralRules('en');
const number = new Intl.NumberFormat('en');
const day = new Intl.DateTimeFormat('en', { dateStyle: 'medium' });

const at = (seconds: number) => day.format(new Date(seconds * 1000));

function counted(count: number, one: string, several: string): string {
  return `${number.format(count)} ${plural.select(count) === 'one' ? one : several}`;
}

export const sharing = {
  menu: 'Share…',
  title: (title: string) => `Share “${title}”`,
  looking: 'Looking what there is to share',
  nothing: 'Nothing has been answered yet that could be shared.',
  included: 'Whoever has the link reads, without a sign-in:',
  name: (title: string) => `the title, “${title}”`,
  prompts: (count: number, last: string) =>
    count === 1 ? `the prompt “${last}” and its answer` : `${counted(count, 'prompt', 'prompts')} with the answers, up to “${last}”`,
  dates: 'the day of each prompt, and that a picture went along where one did, not the picture',
  asText: 'all of it as plain text, as it was written',
  yourName: 'your name',
  without: (withName: boolean) =>
    `They do not see what is said from now on, thoughts, why an answer failed, ${withName ? 'or ' : ''}whose account or model has answered${withName ? '' : ', or who you are'}.`,
  withName: 'Show my name',
  lasts: 'The link is good for',
  days: { 7: '7 days', 30: '30 days', 0: 'ever, until I revoke it' },
  make: 'Make the link',
  making: 'Making the link',
  made: 'The link is made. It is shown this once: copy it now.',
  link: 'Link',
  copy: 'Copy the link',
  close: 'Close',
  here: 'Links to this conversation',
  all: 'Shared conversations',
  about: 'Who has one of these links reads what was said when it was made, without a sign-in.',
  off: 'Sharing is off at this gateway: none of these links opens, and no new one can be made.',
  none: 'You have shared nothing. Behind ⋯ of a conversation is Share.',
  madeAt: (seconds: number) => `made on ${at(seconds)}`,
  until: (seconds: number | null) => (seconds === null ? 'until you revoke it' : `until ${at(seconds)}`),
  opened: (count: number) => (count === 0 ? 'never opened' : `opened ${counted(count, 'time', 'times')}`),
  revoke: 'Revoke',
  revokeNamed: (title: string, seconds: number) => `Revoke the link to “${title}” made on ${at(seconds)}`,
  revokeAll: (count: number) => (count === 1 ? 'Revoke it' : `Revoke all ${number.format(count)}`),
  revokeAllAsk: (count: number) => `${count === 1 ? 'The link opens' : `All ${number.format(count)} links open`} nothing any more.`,
  revokeAllDo: 'Revoke',
  keep: 'Keep',
  revoked: (count: number) => `${counted(count, 'link is', 'links are')} revoked.`,
  asking: 'Asking what you share',
};
