// What an agent does besides writing.

const number = new Intl.NumberFormat();
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
};
