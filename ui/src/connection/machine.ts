// A connection to the gateway, from the first look to the last retry, as one machine: the one of hermes-client,
// as far as a browser needs it.
//
// It holds no socket and reads no clock. Whoever drives it tells it what happened, and does what it asks for;
// there is one thing to do at a time. What a person is shown is the state, and nothing else.

import { CLOSES } from '../protocol/constants';
import { delay } from './delay';
import type { Mode } from './mode';
import type { State, Trouble } from './state';
import type { Minted, Outage } from './ticket';

/** The longest that a gateway is believed when it says for how long it is out of order, in milliseconds. */
const LONGEST_PAUSE = 300_000;

/** After how long a gateway that is too old is looked at again, in milliseconds: somebody may have updated it. */
const TOO_OLD_FOR = 300_000;

/**
 * How long a connection has to last before the next break counts as the first one again. A gateway that lets
 * everybody in and out again at once is asked less and less.
 */
const STEADY = 10_000;

/** What has happened. */
export type Happened =
  /** The gateway has said how people get in. */
  | { kind: 'probed'; mode: Mode }
  /** What came of asking for a ticket. */
  | { kind: 'minted'; minted: Minted }
  /** The socket is open, and `gateway.ready` was read. */
  | { kind: 'ready' }
  /** The socket, or the attempt at one, has ended: with this close code, or with none. */
  | { kind: 'closed'; code: number | null }
  /** Nobody has answered, in time or at all. */
  | { kind: 'unanswered' }
  /** Something else has answered, or the gateway that it is out of order. */
  | { kind: 'out'; outage: Outage }
  /** Another request was refused because the session is over. */
  | { kind: 'unauthorized' }
  /** The wait is over; or the machine woke, the network changed, the person looks or asks for it. */
  | { kind: 'nudged' }
  /** The person may have signed in since: in this browser, that is asked of the gateway. */
  | { kind: 'signed_in' };

/** What is to be done now. */
export type ToDo =
  /** Nothing before something else happens. */
  | { kind: 'nothing' }
  /** Ask `/api/status` how people get in. */
  | { kind: 'probe' }
  /** Ask for a ticket. A ticket opens one socket, so each attempt has its own. */
  | { kind: 'mint' }
  /** Open the socket with this ticket. */
  | { kind: 'open'; ticket: string }
  /** Say `nudged` after so many milliseconds. */
  | { kind: 'wait'; pause: number };

const NOTHING: ToDo = { kind: 'nothing' };

/** A connection and what it remembers. */
export class Connection {
  #state: State = { name: 'probing' };
  #mode: Mode | null = null;
  /** How many attempts have failed in a row. */
  #failed = 0;
  /** When it was opened last. */
  #openedAt = 0;

  get state(): State {
    return this.#state;
  }

  /** What is to be done first. */
  begin(): ToDo {
    return this.#attempt();
  }

  /**
   * Takes in what has happened at this moment, in milliseconds of a clock that never goes back, with something
   * random from 0 to 1 for the next wait. What comes too late to matter changes nothing.
   */
  on(happened: Happened, now: number, roll: number): ToDo {
    const { name } = this.#state;
    const refuses = name === 'refused' || name === 'too_old';
    const trying = name === 'probing' || name === 'connecting';
    switch (happened.kind) {
      case 'probed':
        if (name !== 'probing') return NOTHING;
        this.#mode = happened.mode;
        return this.#attempt();
      case 'minted':
        return name === 'connecting' ? this.#minted(happened.minted, now, roll) : NOTHING;
      case 'ready':
        if (name !== 'connecting') return NOTHING;
        this.#state = { name: 'live' };
        this.#openedAt = now;
        return NOTHING;
      case 'closed':
        return name === 'connecting' || name === 'live' ? this.#closed(happened.code, now, roll) : NOTHING;
      case 'unanswered':
        return trying ? this.#wait({ kind: 'network' }, 0, now, roll) : NOTHING;
      case 'out':
        return trying ? this.#out(happened.outage, now, roll) : NOTHING;
      case 'unauthorized':
        return refuses ? NOTHING : this.#needsSomebody();
      case 'nudged':
        return name === 'waiting' || refuses ? this.#attempt() : NOTHING;
      case 'signed_in':
        return name === 'needs_sign_in' || name === 'needs_token' || refuses ? this.#attempt() : NOTHING;
    }
  }

  /** The next attempt, from its beginning. */
  #attempt(): ToDo {
    this.#state = { name: this.#mode === null ? 'probing' : 'connecting' };
    return { kind: this.#mode === null ? 'probe' : 'mint' };
  }

  #minted(minted: Minted, now: number, roll: number): ToDo {
    switch (minted.kind) {
      case 'ticket':
        return { kind: 'open', ticket: minted.ticket };
      case 'sign_in_needed':
        return this.#needsSomebody();
      case 'refused':
        return this.#stop({ name: 'refused', closed: null });
      case 'too_old':
        this.#stop({ name: 'too_old' });
        return { kind: 'wait', pause: TOO_OLD_FOR };
      case 'out':
        return this.#out(minted.outage, now, roll);
    }
  }

  #closed(code: number | null, now: number, roll: number): ToDo {
    const wasLive = this.#state.name === 'live';
    if (wasLive && now - this.#openedAt >= STEADY) this.#failed = 0;
    if (code === null) return this.#wait({ kind: 'network' }, 0, now, roll);
    const then = thenOf(code);
    if (then === 'Stop') return this.#stop({ name: 'refused', closed: code });
    // Whether the session is over, the gateway says when it is asked for a ticket. A ticket that was fresh and is
    // refused all the same is no reason to ask at once again.
    if (then === 'NewCredential' && wasLive) return this.#attempt();
    return this.#wait({ kind: 'closed', code }, 0, now, roll);
  }

  #out(outage: Outage, now: number, roll: number): ToDo {
    if (outage.kind === 'not_the_gateway') return this.#wait(outage, 0, now, roll);
    return this.#wait({ kind: 'status', status: outage.status }, outage.pause ?? 0, now, roll);
  }

  #wait(trouble: Trouble, atLeast: number, now: number, roll: number): ToDo {
    this.#failed += 1;
    const pause = Math.max(delay(this.#failed, roll), Math.min(atLeast, LONGEST_PAUSE));
    this.#state = { name: 'waiting', until: now + pause, trouble };
    return { kind: 'wait', pause };
  }

  #needsSomebody(): ToDo {
    return this.#stop({ name: this.#mode === 'token' ? 'needs_token' : 'needs_sign_in' });
  }

  #stop(state: State): ToDo {
    this.#state = state;
    this.#failed = 0;
    return NOTHING;
  }
}

/**
 * What a close code asks of a client. One that the gateway does not use, such as a proxy's 1001, is a break like
 * any other.
 */
function thenOf(code: number): 'NewCredential' | 'Stop' | 'Reconnect' {
  const known = Object.values(CLOSES).find((close) => close.code === code);
  return known?.then ?? 'Reconnect';
}
