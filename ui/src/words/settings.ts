// The pages of settings. Dates and numbers are in the language of the texts.

const LANGUAGE = 'en-GB';
const DAY = new Intl.DateTimeFormat(LANGUAGE, { dateStyle: 'long' });
const MOMENT = new Intl.DateTimeFormat(LANGUAGE, { dateStyle: 'long', timeStyle: 'short' });
const PLURALS = new Intl.PluralRules(LANGUAGE);
const NUMBER = new Intl.NumberFormat(LANGUAGE);

function counted(count: number, one: string, other: string): string {
  return `${NUMBER.format(count)} ${PLURALS.select(count) === 'one' ? one : other}`;
}

/** How long ago, or the day, both in milliseconds since 1970. */
function ago(at: number, now: number): string {
  const minutes = Math.floor((now - at) / 60_000);
  if (minutes < 2) return 'a minute ago';
  if (minutes < 60) return `${minutes} minutes ago`;
  if (minutes < 120) return 'an hour ago';
  if (minutes < 1440) return `${Math.floor(minutes / 60)} hours ago`;
  return `on ${DAY.format(at)}`;
}

const span = (unit: 'second' | 'minute' | 'hour') =>
  new Intl.NumberFormat(LANGUAGE, { style: 'unit', unit, unitDisplay: 'long' });
const SECONDS = span('second');
const MINUTES = span('minute');
const HOURS = span('hour');

/** How long until then, as short as it is true; or the moment, if it is far. Both in milliseconds since 1970. */
function until(at: number, now: number): string {
  const seconds = Math.ceil((at - now) / 1000);
  if (seconds < 60) return `in ${SECONDS.format(seconds)}`;
  const minutes = Math.ceil(seconds / 60);
  if (minutes < 60) return `in ${MINUTES.format(minutes)}`;
  if (minutes >= 1440) return `on ${MOMENT.format(at)}`;
  const rest = minutes % 60;
  const hours = HOURS.format(Math.floor(minutes / 60));
  return rest === 0 ? `in ${hours}` : `in ${hours} ${MINUTES.format(rest)}`;
}

/** Minutes and seconds, as a clock has them. */
function left(milliseconds: number): string {
  const seconds = Math.ceil(milliseconds / 1000);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}

const sections = {
  providers: {
    name: 'Providers',
    about: 'The accounts at AI providers with which the gateway’s host asks models. Their tokens stay on the host.',
  },
  sessions: {
    name: 'Sessions',
    about: 'The browsers and apps in which you are signed in to this gateway.',
  },
  passkeys: {
    name: 'Passkeys and password',
    about: 'How you sign in to this gateway.',
  },
  conversations: {
    name: 'Conversations',
    about: 'What you bring along from elsewhere, and what you share.',
  },
  gateway: {
    name: 'Gateway',
    about: 'What you are connected to, and as whom.',
  },
  appearance: {
    name: 'Appearance',
    about: 'How this page looks and writes, in this browser alone.',
  },
};

const problems = {
  ours: 'The page could not do this.',
  reload: 'Reload the page and try again.',
  unreachable: 'Check the network, then try again.',
  soon: 'Wait a minute, then try again.',
  later: 'Try again in a minute. If it stays, the owner finds the reason on the host with hermes doctor.',
  onHost: 'On the gateway’s host, run',
  guide: 'More:',
  retry: 'Try again',
};

const REFUSALS: Record<string, string> = {
  401: 'Not accepted',
  402: 'No credit left',
  429: 'Too many requests',
};

const pool = {
  of: (name: string) => `What the host has of ${name}`,
  kinds: { oauth: 'Account', api_key: 'API key' },
  next: 'Answers next',
  ready: 'Ready',
  refused: (reason: string | null) => (reason === null ? 'Refused' : (REFUSALS[reason] ?? `Refused (${reason})`)),
  rests: 'rests for a while',
  again: (at: number, now: number) => `again ${until(at, now)}`,
  due: 'again any moment',
  dead: 'No longer accepted',
  expired: 'Ended',
  missing: 'Its secret is not there',
  signInAgain: 'Sign in again with this account to use it.',
  newKey: 'Remove it, and give the host a new key.',
  mendThere: 'It can be mended only where it is kept.',
  said: 'The provider said:',
  stays: 'It is not removed from here:',
  onHost: 'On the host:',
  try: 'Try again now',
  tryNamed: (label: string) => `Try again now: ${label}`,
  tried: (label: string) => `${label} is asked again.`,
  remove: 'Remove',
  removeNamed: (label: string) => `Remove ${label}`,
  removeAsk: (label: string) => `Remove ${label} from the host?`,
  means: {
    oauth: 'It is ended at the provider where that is possible. The others stay.',
    api_key: 'The host forgets the key, which stays good at the provider. The others stay.',
  },
  removeDo: 'Remove it',
  keep: 'Keep it',
  removed: (label: string) => `${label} is removed from the host.`,
  removedBut: (label: string, what: string) => `${label} is removed from the host. ${what}`,
  gone: (label: string) => `${label} was removed already.`,
};

const providers = {
  pool,
  heading: 'Accounts of the host',
  asking: 'Asking the gateway which providers it knows',
  none: 'This gateway knows no provider that can be signed in to.',
  noneNext: 'Models with an API key need no sign-in. On the gateway’s host, run',
  ownersAlone: 'The accounts are the host’s, so its owner alone sees and changes them.',
  ownersNext: 'Ask the owner of this gateway to sign it in to a provider.',
  more: 'API keys of other providers are shown on the host by',
  signedIn: 'Signed in',
  notSignedIn: 'Not signed in',
  renews: 'renews by itself',
  until: (at: number) => `until ${MOMENT.format(at)}`,
  ended: (at: number) => `ended ${MOMENT.format(at)}`,
  about: 'About',
  aboutNamed: (name: string) => `About ${name}`,
  terms: 'Its terms:',
  onHost: 'This sign-in needs a terminal on the gateway’s host:',
  signIn: 'Sign in',
  signInTo: (name: string) => `Sign in to ${name}`,
  again: 'Sign in again',
  againTo: (name: string) => `Sign in again to ${name}`,
  signOut: 'Sign out',
  signOutOf: (name: string) => `Sign out of ${name}`,
  signOutAsk: (name: string) => `Sign the host out of ${name}?`,
  signOutMeans: 'Every sign-in of it on the host is removed, and ended at the provider where that is possible. API keys stay.',
  signOutDo: 'Sign out',
  signedOut: 'The host is signed out.',
  signedOutBut: (what: string) => `The host is signed out. ${what}`,
  keep: 'Keep it',
  begins: (name: string) => `Asking ${name} for a sign-in`,
  resumes: 'Asking the gateway how the sign-in stands',
  waiting: 'Waiting for you',
  left: (milliseconds: number) => `${left(milliseconds)} left`,
  timeUp: 'the time is up, asking the gateway',
  lost: 'The gateway does not answer just now. The sign-in goes on there, and is asked about again by itself.',
  cancel: 'Cancel',
  cancelNamed: (name: string) => `Cancel the sign-in to ${name}`,
  device: {
    open: 'Open this page on any device, and approve there:',
    scan: 'The same address for the camera of a phone',
    type: 'Enter this code there, or check that the page shows it:',
    code: 'Code',
    copyCode: 'the code',
    unsafe: 'The provider gave an address that a browser should not open. Cancel, and sign in on the host.',
  },
  paste: {
    open: 'Open the provider’s page, and approve there:',
    openNamed: (place: string) => `Open ${place}`,
    nowhere:
      'At the end your browser shows a page that does not load, and that is right: copy its whole address from the address bar, and paste it here.',
    shown: 'At the end the page shows a code: copy all of it, or the address of that page, and paste it here.',
    label: 'Where you ended',
    hint: 'The whole address, or the whole code',
    submit: 'Finish the sign-in',
    reading: 'The gateway reads it',
    empty: 'Nothing was pasted yet.',
  },
  ends: {
    approved: 'The host is signed in.',
    denied: 'The sign-in was declined.',
    deniedNext: 'Begin again if that was not meant.',
    expired: 'Nobody finished the sign-in in time.',
    expiredNext: 'Begin again when you have the provider’s page at hand.',
    cancelled: 'The sign-in was given up. Nothing has changed.',
    cancelledLate: 'It had been approved before it was given up: the host is signed in.',
    gone: 'The gateway does not know this sign-in any more.',
    goneNext: 'It was begun anew elsewhere, or the gateway was restarted. Begin again if the host is not signed in.',
    error: 'The sign-in failed.',
    errorNext: 'Begin again, or sign in on the gateway’s host:',
    begin: 'Begin again',
    beginNamed: (name: string) => `Begin again the sign-in to ${name}`,
  },
};

const sessions = {
  asking: 'Asking the gateway where you are signed in',
  heading: 'Where you are signed in',
  none: 'You have no session at this gateway.',
  local: 'This gateway serves its own machine alone, so nobody signs in here.',
  localNext: 'To reach it from elsewhere, give it users. On the gateway’s host, run',
  thisOne: 'This one',
  unnamed: 'A program without a name',
  program: (browser: string, system: string) => `${browser} on ${system}`,
  app: 'App',
  now: 'now',
  used: (at: number, now: number) => `last used ${ago(at, now)}`,
  by: (method: string) => `by ${method}`,
  until: (at: number) => `until ${DAY.format(at)} at the latest`,
  sockets: (count: number) => counted(count, 'open connection', 'open connections'),
  end: 'End',
  endNamed: (title: string) => `End the session of ${title}`,
  endAsk: 'End this session? Whoever uses it has to sign in again.',
  endDo: 'End it',
  endOthers: (count: number) => (count === 1 ? 'End the other session' : `End the ${NUMBER.format(count)} other sessions`),
  endOthersAsk: (count: number) =>
    count === 1
      ? 'End the other session? Whoever uses it has to sign in again.'
      : `End all ${NUMBER.format(count)} other sessions? Whoever uses them has to sign in again.`,
  endOthersDo: 'End them',
  keep: 'Keep',
  ended: (count: number) => `${counted(count, 'session has', 'sessions have')} ended.`,
  rename: 'Rename',
  renameNamed: (title: string) => `Rename ${title}`,
  nameOf: 'Name of this session',
  signOut: 'Sign out',
  strangers: {
    heading: 'Who asks to be let in',
    about: 'Allow whom you know: they become users of this gateway, and sign in again.',
    calls: (name: string) => `calls themselves ${name}`,
    at: (provider: string, issuer: string) => `at ${provider} (${issuer})`,
    asked: (at: number, now: number) => `asked ${ago(at, now)}`,
    allow: 'Allow',
    allowNamed: (title: string) => `Allow ${title}`,
    dismiss: 'Dismiss',
    dismissNamed: (title: string) => `Dismiss ${title}`,
    allowed: (title: string) => `${title} is let in, and has to sign in once more.`,
    dismissed: (title: string) => `${title} is off the list, and may ask again.`,
  },
};

const names = {
  save: 'Save',
  saving: 'Saving',
  cancel: 'Cancel',
};

const passkeys = {
  asking: 'Asking the gateway for your passkeys',
  heading: 'Passkeys',
  none: 'With a passkey you sign in by what unlocks your device: a finger, a face or a PIN. There is no password to type, to guess or to steal.',
  noneNext: 'Add one for this device.',
  unnamed: 'Passkey',
  added: (at: number, now: number) => `added ${ago(at, now)}`,
  used: (at: number, now: number) => `last used ${ago(at, now)}`,
  unused: 'not used yet',
  rename: 'Rename',
  renameNamed: (title: string) => `Rename ${title}`,
  nameOf: 'Name of this passkey',
  remove: 'Remove',
  removeNamed: (title: string) => `Remove ${title}`,
  removeAsk: 'Remove this passkey? What was signed in by it ends.',
  removeDo: 'Remove it',
  keep: 'Keep it',
  removed: 'The passkey is removed.',
  newName: 'Name of the new passkey',
  newHint: 'This computer',
  add: 'Add a passkey',
  making: 'Your browser asks you now',
  addedNow: 'The passkey is added.',
  stale: 'Adding and removing passkeys needs a sign-in of the last five minutes.',
  signInAgain: 'Sign in again',
  unable: {
    insecure: 'Passkeys need https with a domain, or localhost.',
    browser: 'This browser cannot use passkeys.',
  },
  failed: {
    taken: 'This device has a passkey for this gateway already.',
    declined: 'Nothing was done: the browser was told no, or nobody answered.',
    declinedNext: 'Try again when you are ready.',
    address: 'Passkeys do not work at this address.',
    addressNext: 'Open the gateway at its own address, or use a password.',
    device: 'This device cannot make such a passkey.',
    deviceNext: 'Try with another device, or use a password.',
  },
};

const password = {
  heading: 'Password',
  change: {
    current: 'Current password',
    next: 'New password',
    about: 'A phrase of a few words is good. Your other sessions end.',
    do: 'Change the password',
    doing: 'Changing it',
    done: 'The password is changed, and your other sessions have ended.',
  },
  add: {
    about: 'With a name and a password you also come in where no passkey works.',
    name: 'Name to sign in by',
    password: 'Password',
    again: 'The same once more',
    hint: 'A phrase of a few words is good.',
    differ: 'The two passwords differ.',
    do: 'Add a password',
    doing: 'Adding it',
    done: 'The password is added. You can sign in by it from now on.',
    stale: 'Adding a password needs a sign-in of the last five minutes.',
  },
  haveOne: 'I have a password here, and change it',
  haveNone: 'I have no password here yet',
  none: 'A password is added to a passkey: add one of those first.',
  settings: 'You signed in by the password of the gateway’s settings. It is changed there, under gateway.basic.',
};

const gateway = {
  asking: 'Asking the gateway about itself',
  connection: 'Connection',
  states: {
    probing: 'Looking for the gateway',
    connecting: 'Connecting',
    live: 'Live',
    needs_sign_in: 'Not signed in',
    needs_token: 'Needs its token',
    waiting: 'No connection, trying again by itself',
    refused: 'The gateway does not want the connection',
    too_old: 'The gateway is too old',
  },
  tryNow: 'Try now',
  address: 'Address',
  version: 'Version',
  versionText: (version: string) => `Hermes ${version}`,
  released: (version: string, day: Date) => `Hermes ${version}, released on ${DAY.format(day)}`,
  mode: 'Who comes in',
  modes: {
    token: 'Its own machine alone, without a sign-in',
    gated: (ways: string[]) => `People who sign in: ${new Intl.ListFormat(LANGUAGE, { type: 'disjunction' }).format(ways)}`,
    unclaimed: 'Nobody yet: it has no owner',
  },
  ways: {
    token: 'by its token',
    password: 'by a password',
    redirect: 'by a passkey or an identity provider',
    native_loopback: 'from apps',
    device_code: 'from machines without a browser',
  },
  who: 'Signed in as',
  owner: 'Owner of this gateway',
  member: 'User of this gateway',
  local: 'You are the owner: nobody signs in here.',
  by: (method: string) => `by ${method}`,
  asked: 'Asking who is signed in',
  signOut: 'Sign out',
  signingOut: 'Signing out',
  guide: 'In the guide',
  guideAbout: 'The guide is a part of the program. On the gateway’s host, or wherever Hermes is installed:',
  /** By the name of the page in the guide. */
  topics: {
    gateway: 'Run a gateway',
    users: 'Users of a gateway',
    'connect-trouble': 'When it does not connect',
    'gateway-security': 'Security of a gateway',
  },
};

const appearance = {
  theme: 'Colours',
  themes: { system: 'As the system has them', light: 'Light', dark: 'Dark' },
  contrast: 'Contrast',
  contrasts: { system: 'As the system has it', normal: 'Normal', more: 'More' },
  contrastAbout: 'More: seven to one for every text, and lines that are seen.',
  face: 'Letters',
  faces: { system: 'Those of the system', legible: 'Easier to tell apart', serif: 'With serifs', mono: 'Of one width' },
  faceAbout: 'Easier to tell apart: Atkinson Hyperlegible Next, made by the Braille Institute for people who see little; with dyslexia, too, many read it with less effort.',
  licence: 'Its licence',
  text: 'Size of the text',
  texts: { small: 'Small', normal: 'Normal', large: 'Large', larger: 'Larger' },
  textAbout: 'Beside the size that is set in your browser.',
  send: 'Sending',
  sends: { enter: 'Enter sends', ctrl_enter: 'Ctrl+Enter sends' },
  sendsAbout: { enter: 'Shift+Enter begins a new line.', ctrl_enter: 'Enter begins a new line.' },
  away: 'When you look elsewhere',
  telling: {
    on: 'The system tells you when an answer is there while this page is hidden. It says the title of the conversation, and nothing of the answer.',
    off: 'The title and the mark of the page show that something waits. The system can tell you too.',
    refused: 'The title and the mark of the page show that something waits. This browser does not let the page tell you by the system; its settings for this address do.',
    impossible: 'The title and the mark of the page show that something waits. For more than that the browser wants https.',
  },
  tell: 'Tell me by the system',
  closed: {
    on: 'This browser is told while it is closed too, until you sign out here: which conversation has ended, and its title. The push service of the browser brings that, and cannot read it.',
    off: 'While no page of Hermes is open, this browser is not told. The push service of the browser can bring it the title of a conversation that has ended; nobody but the browser can read that.',
    impossible: 'While no page of Hermes is open, this browser cannot be told here. On an iPhone or iPad, add the page to the home screen first.',
  },
  tellClosed: 'Tell me while it is closed',
  tellNoMore: 'Not while it is closed',
  asks: 'The browser is asked…',
  closedFailed: 'The browser could not reach its push service, or does not let pages use it.',
  closedNext: 'Try again, or look for messages from pages in the settings of the browser.',
  motion: 'Motion',
  motionReduced: 'The system asks for less motion, so nothing moves here.',
  motionFull: 'The system asks for nothing special. If it asks for less motion, nothing moves here.',
  notKept: 'This browser keeps nothing, so what you choose counts until the page is closed.',
};

const copy = {
  copy: 'Copy',
  copied: 'Copied',
  copyNamed: (what: string) => `Copy ${what}`,
  failed: 'Not copied: select it instead',
};

export const settings = {
  title: 'Settings',
  loading: 'Loading this page of settings',
  notLoaded: 'This page of settings could not be loaded.',
  notLoadedNext: 'The gateway may have been updated: reload the page.',
  sections,
  problems,
  providers,
  sessions,
  names,
  passkeys,
  password,
  gateway,
  appearance,
  copy,
};
