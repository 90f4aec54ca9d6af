// The pages of the desktop application. They are no part of what a browser loads.

import type { Code } from '../codes';
import { pseudo } from './words';

const LANGUAGE = 'en';
const PLURALS = new Intl.PluralRules(LANGUAGE);
const NUMBER = new Intl.NumberFormat(LANGUAGE);

const counted = (count: number, one: string, other: string) => `${NUMBER.format(count)} ${PLURALS.select(count) === 'one' ? one : other}`;

/** Minutes and seconds, as a clock has them. */
function clock(milliseconds: number): string {
  const seconds = Math.max(0, Math.ceil(milliseconds / 1000));
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}

const english = {
  name: 'Hermes',
  opening: 'Opening',
  unreadable: 'This page and the application around it are of different versions.',
  unreadableNext: 'Install Hermes again.',
  again: 'Try again',
  close: 'Close',
  cancel: 'Cancel',
  copyCode: 'Copy code',
  read: 'Got it',
  notes: 'What there is to know',

  /** The pages of the application. */
  pages: {
    label: 'Application',
    gateways: { name: 'Gateways', about: 'Where your agents run. One is shown at a time, and all of them stay connected.' },
    add: { name: 'Connect to a gateway', about: 'It runs on another machine, or was started on this one.' },
    sign_in: { name: (gateway: string) => `Sign in to ${gateway}`, about: 'What you have written there is kept.' },
    preferences: { name: 'Preferences', about: 'How Hermes behaves on this computer, whichever gateway is shown.' },
    about_app: { name: 'About Hermes', about: 'Its version, and where it keeps things.' },
    back: (gateway: string) => `Back to ${gateway}`,
    backToList: 'All gateways',
    backToStart: 'Back',
  },

  first: {
    title: 'Where does your agent run?',
    about: 'You can have both, and change it at any time.',
    here: 'Use Hermes on this computer',
    hereAbout: 'Your agent runs here, and what you say stays here.',
    hereBusy: 'Starting Hermes here',
    connect: 'Connect to an existing gateway',
    connectAbout: 'Your agent runs on a server or on another machine. You need its address.',
  },

  address: {
    label: 'Address of the gateway',
    example: 'agent.example.org',
    about: 'As a browser shows it. https is tried first.',
    asking: (typed: string) => `Asking ${typed} how to sign in`,
    understood: 'Understood as',
    saved: (name: string) => `It is in your list as “${name}”.`,
    here: 'You are signed in there.',
    show: (name: string) => `Show ${name}`,
  },

  nearby: {
    title: 'Nearby',
    about: 'They say so themselves, as anybody on this network can. Where you sign in is said by the address, and not by the name.',
    heard: (count: number) => `${counted(count, 'gateway', 'gateways')} nearby`,
  },

  /** What answers at an address. */
  found: {
    sign_in: (version: string | null) => `${hermes(version)}, sign-in needed`,
    token: (version: string | null) => `${hermes(version)}, session token`,
    ages: {
      older: 'The gateway is older than this application. Signing in and talking work; what is newer may be missing there until its host is updated.',
      newer: 'The gateway is newer than this application. If something does not work, update Hermes on this computer.',
      upstream: 'It is a gateway of upstream’s Hermes Agent. Signing in and talking work; sharing, passkeys and what else is ours alone does not.',
    },
    noWay: 'It has no way to sign in that works from here.',
    noWayNewer: 'Update Hermes on this computer: the gateway is newer.',
    noWayNext: 'Whoever runs it can let apps in, or give it a password: `hermes guide connect.no_method` says how.',
  },

  /** What to do next where nobody comes in, in place of a command. */
  fixes: {
    'connect.address_invalid': 'Give it as a browser shows it, such as https://agent.example.org/hermes.',
    'connect.unreachable': 'Is the gateway running, and this computer on its network or VPN? The address may name another port.',
    'connect.not_a_gateway': 'Is an access page in front of it, or a part of its path missing? With http in place of https, or the other way round, something else may answer.',
    'connect.busy': 'Wait a moment, then try again. Nothing of yours is lost.',
    'connect.unclaimed': 'On its host, `hermes owner invite` prints a link that makes you its owner. Open it, then try again.',
    'connect.not_encrypted': 'Tick that you agree to it, or use an address that begins with https.',
    'connect.password_wrong': 'Type both again. Whoever runs the gateway can set another password.',
    'connect.token_wrong': 'It was printed where the gateway was started, and may be another one since.',
    'connect.timed_out': 'Begin again; the link is good for a few minutes.',
    'connect.refused': 'Sign in again, and agree on the page that asks you.',
    'connect.keychain': 'Unlock the keychain of this computer, then try again.',
  } satisfies Partial<Record<Code, string>> as Partial<Record<string, string>>,
  guide: (code: string) => `hermes guide ${code}`,

  readable: {
    title: 'Others can read what is sent there',
    text: (host: string) => `${host} is reached by http, without encryption. Whoever is between this computer and that one can read your password, your sign-in and everything you and the agent write. On a private network or a VPN that may be what you want.`,
    agree: (host: string) => `I want that for ${host}`,
  },

  signIn: {
    by: (name: string) => `Sign in with ${name}`,
    plain: 'Sign in',
    signingIn: 'Signing in',
    opens: 'It opens in your browser.',
    others: 'Other ways to sign in',
    device: 'Sign in by a code, on any device',
    /** A window of the application, which shows the gateway's own page. */
    window: 'Sign in in a window of Hermes',
    windowOnly: (host: string) => `${host} lets people in on its own page alone, and cannot lead back from your browser to here. Hermes can show that page in a window of its own, which knows nothing of your browser: passkeys and what it remembers do not work there.`,
    windowOther: (host: string) => `The page of ${host} opens in a window of Hermes, which knows nothing of your browser: passkeys and what it remembers do not work there.`,
    windowAgree: 'Open that window',
    notIn: 'You are not signed in.',
  },

  password: {
    by: (name: string) => `With ${name}`,
    user: 'User name',
    password: 'Password',
    do: 'Sign in',
  },

  token: {
    label: 'Session token',
    about: 'It was printed where the gateway was started.',
    do: 'Connect',
    doing: 'Connecting',
  },

  /** While a sign-in is under way. */
  wait: {
    title: (host: string) => `Signing in to ${host}`,
    browser: 'Go on in your browser. Hermes comes to the front when you are signed in.',
    window: 'Go on in the window that has opened.',
    device: 'Open this page on any device, and enter the code there.',
    code: 'Code',
    notHere: (why: string) => `No browser could be opened here: ${why}`,
    failed: (why: string) => `The browser could not be opened: ${why}`,
    openIt: 'Copy the link and open it yourself.',
    link: 'Link of this sign-in',
    copy: 'Copy link',
    openAgain: 'Open again',
    left: (milliseconds: number) => `${clock(milliseconds)} left`,
    over: 'The time is over',
    paste: 'Did the browser end at a page that does not load? Paste its address here',
    pasteDo: 'Use it',
    pasteExample: 'http://127.0.0.1:…',
    under: (host: string) => `Waiting for your sign-in to ${host}.`,
    show: 'Show',
  },

  list: {
    add: 'Add a gateway',
    useHere: 'Use Hermes on this computer',
    here: 'On this computer',
    shown: 'Shown',
    show: 'Show',
    signIn: 'Sign in',
    giveToken: 'Give the token',
    test: 'Test connection',
    rename: 'Rename',
    newName: 'New name',
    save: 'Save',
    signOut: 'Sign out',
    forget: 'Remove from the list',
    forgetAsk: (name: string) => `Remove ${name}?`,
    forgetMeans: 'You are signed out there, and what was written and not sent is gone from this computer. The conversations stay at the gateway.',
    forgetYes: 'Remove',
    forgetNo: 'Keep it',
    more: (name: string) => `What can be done with ${name}`,
    as: (user: string) => `as ${user}`,
    plain: 'not encrypted',
    secrets: {
      nowhere: 'nothing kept',
      memory: 'sign-in kept until Hermes ends',
      file: 'sign-in kept in a file that only you can read',
      keychain: 'sign-in kept in the keychain',
    },
    fixed: 'The environment of Hermes names this gateway, so there is no other one to choose.',
    none: 'None yet.',
    doing: 'One moment',
  },

  unread: (count: number) => counted(count, 'new answer', 'new answers'),
  needsYou: (count: number) => counted(count, 'question for you', 'questions for you'),

  elsewhereAsked: (count: number) => `${counted(count, 'question', 'questions')} elsewhere`,
  elsewhereUnread: (count: number) => `${counted(count, 'new answer', 'new answers')} elsewhere`,

  test: {
    testing: (name: string) => `Testing ${name}`,
    steps: { reachable: 'Reachable', is_hermes: 'Is Hermes', signed_in: 'Signed in', live: 'Live' } as Record<string, string>,
    yes: 'yes',
    no: 'no',
    notTried: 'not tried',
    well: 'All is well: what you ask arrives.',
    again: 'Test again',
  },

  switcher: {
    label: 'Gateway:',
    list: 'Gateways',
    keys: 'Another gateway, in the order of the list',
  },

  bar: {
    signIn: (name: string) => `The sign-in to ${name} has ended. What you write is kept here until you have signed in again.`,
    doSignIn: 'Sign in again',
    token: (name: string) => `${name} does not take the token any more. What you write is kept here.`,
    doToken: 'Give the token',
    tooOld: (address: string) => `The gateway at ${address} is too old for this application. Update Hermes on its machine, then try again. What you write is kept here.`,
    refused: (name: string) => `${name} does not let this application in. Test the connection under Gateways; it says what to change there.`,
  },

  saved: (path: string) => `It is saved as ${path}.`,

  signedOut: {
    unconfirmed: (name: string) => `You are signed out of ${name} here, but it did not confirm that the session has ended. End it under Sessions when you are there again.`,
    token: (name: string) => `The token of ${name} is not kept here any more. Whoever else has it still comes in.`,
  },

  preferences: {
    notifies: { name: 'Tell me of answers and questions while I look elsewhere', about: 'By a notification of this computer, of one line. A click on it leads there.' },
    stays_in_tray: { name: 'Stay in the tray when the window is closed', about: 'Answers and questions go on arriving. The menu there shows the window again, or quits.' },
    opens_at_login: { name: 'Open when I sign in to this computer', about: 'Answers and questions arrive from then on.' },
    has_shortcut: { name: 'Show Hermes by a key that works everywhere', about: '' },
    shortcut: (key: string) => `It is ${key}, unless another program has that key already.`,
    noShortcut: 'This desktop gives no program such a key.',
    noTray: 'There is no tray on this desktop just now, so closing the window quits.',
    looks_for_updates: { name: 'Look for updates', about: 'A minute after it has begun and once a day, Hermes asks where its versions are listed, as whoever has installed it has said. It tells you of a newer one, and installs none.' },
    look: 'Light, dark, letters and what sends a prompt are under Appearance, in the settings of each gateway.',
  },

  /** Newer versions of the application. */
  updates: {
    title: 'Newer versions',
    nobody: 'Hermes does not look for them, and asks nobody. They come from where you got it: your package manager, or its releases.',
    about: 'They come from where you got Hermes: your package manager, or its releases. Hermes installs none.',
    check: 'Check now',
    asking: 'Asking',
    newest: (version: string) => `Up to date: nothing newer than ${version} is listed.`,
    found: (version: string) => `Version ${version} is there.`,
    whatIsNew: 'What is new',
  },

  about: {
    version: 'Version',
    home: 'Gateways are remembered in',
    logs: 'What has happened is written to',
    openLogs: 'Open the folder',
    secrets: 'Sign-ins are kept',
    places: {
      nowhere: 'Nowhere: nothing on this computer can keep them.',
      memory: 'In memory, until Hermes ends.',
      file: 'In a file that only you can read.',
      keychain: 'In the keychain of this computer.',
    },
    file: 'File',
    asking: 'Asking the application about itself',
    licence: 'Licence of Atkinson Hyperlegible Next',
    quit: 'Quit Hermes',
  },

  elsewhere: {
    passkey: 'A passkey belongs to the gateway’s own address, which this window does not have. Add it in your browser.',
    open: 'Open in the browser',
  },
};

function hermes(version: string | null): string {
  return version === null ? 'Hermes' : `Hermes ${version}`;
}

export const say = import.meta.env.VITE_PSEUDO === 'yes' ? pseudo(english) : english;
