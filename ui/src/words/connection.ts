import { CLOSES } from '../protocol/constants';

const wholeSeconds = (seconds: number) =>
  new Intl.NumberFormat('en', { style: 'unit', unit: 'second', unitDisplay: 'long' }).format(seconds);

const megabytes = (bytes: number) =>
  new Intl.NumberFormat('en', { style: 'unit', unit: 'megabyte', maximumFractionDigits: 0 }).format(bytes / 1e6);

export const connection = {
  /** How a connection stands; hermes-client says the same of the same. */
  states: {
    connecting: 'Connecting to the gateway.',
    live: 'Connected.',
    needsSignIn: 'The sign-in has ended.',
    needsToken: 'The gateway wants another token.',
    network: 'No connection to the gateway.',
    notTheGateway: 'Something else answers in place of the gateway.',
    outOfOrder: (status: number) => `The gateway is out of order (status ${status}).`,
    closed: (code: number) => `The gateway has closed the connection: ${reason(code)}.`,
    tooOld: 'The gateway is too old for this program.',
    noTicket: 'The gateway lets this program in for nobody.',
    refused: (code: number) => `The gateway closes the connection: ${reason(code)}.`,
  },
  /** The bar over every page. */
  bar: {
    offline: 'This device is offline. What you write is kept here and sent when the network is back.',
    connecting: 'Connecting again.',
    reconnecting: (seconds: number) => `Trying again in ${wholeSeconds(seconds)}.`,
    restarting: 'The gateway is restarting.',
    signIn: 'You are signed out. What you write is kept here until you have signed in again.',
    token: 'This browser is not let in any more. `hermes link`, on the machine of the gateway, prints a link that lets it in.',
    notAllowed: 'The gateway does not allow this address. Whoever runs it finds out why with `hermes doctor`.',
    tooOld: 'The gateway is too old for this page. Whoever runs it has to update Hermes there. What you write is kept here.',
    now: 'Try now',
    again: 'Try again',
    doSignIn: 'Sign in',
  },
  /** Why a prompt was not asked. */
  outbox: {
    full: 'Too many prompts wait for the gateway: try again when they are sent.',
    stopped: 'The turn before it was stopped, so it was not asked.',
    withdrawn: 'You took it back.',
    gone: 'The conversation is gone.',
  },
  /** Why a picture cannot go with a prompt, said before it is sent. */
  images: {
    notAnImage: (name: string) => `${name} is no PNG, JPEG, GIF or WebP image.`,
    tooLarge: (name: string, bytes: number) => `${name} is larger than ${megabytes(bytes)}, the most that a picture may have.`,
    empty: (name: string) => `${name} is empty.`,
    unreadable: (name: string) => `${name} could not be read.`,
  },
  /** A conversation as a file. */
  exported: { untitled: 'Conversation', user: 'You', assistant: 'Answer', thoughts: 'Thoughts' },
  /** What was asked and not done because of the connection. */
  failures: {
    offline: 'There is no connection to the gateway just now.',
    cut: 'The connection broke before the gateway answered.',
    timedOut: 'The gateway has not answered in time.',
    unreadable: 'The gateway’s answer is of another version.',
    unreachable: 'The gateway does not answer.',
    notTheGateway: 'Something else answers in place of the gateway.',
    status: (status: number) => `The gateway answered with status ${status}.`,
    tooLarge: 'It is larger than the gateway takes.',
    cancelled: 'Cancelled.',
    waitAWhile: 'Try again in a moment.',
    reload: 'Load the page again.',
    checkNetwork: 'Check the network, then try again.',
  },
};

/** Why a socket was closed, as far as the code tells. */
function reason(code: number): string {
  const known = Object.values(CLOSES).filter((close) => close.code === code);
  return known.length === 0 ? `code ${code}` : known.map((close) => close.reason).join(', or ');
}
