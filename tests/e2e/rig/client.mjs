// A client of a gateway's socket, over a TCP connection of its own that can break.
import assert from 'node:assert/strict';
import { request } from 'node:http';
import { CLOSE, PING, PONG, TEXT, clientFrame, firstFrame, goodbye, upgrade } from './frames.mjs';
import { within } from './wait.mjs';

export class Client {
  #socket;
  #bytes = Buffer.alloc(0);
  #calls = new Map();
  #listeners = new Set();
  #looked = 0;
  /** Every event so far: the `params` of its frame, and when it came (`cameAt`, of `performance.now()`). */
  events = [];

  /** Connects to a gateway in token mode, and waits for its first event. */
  static async open(gateway, token) {
    const client = new Client();
    client.#socket = await connected(gateway.port, `/api/ws?token=${token}`);
    gateway.hermes.rig.onClose(() => client.cut());
    client.#listen();
    client.epoch = (await client.event((event) => event.type === 'gateway.ready')).payload.replay_epoch;
    return client;
  }

  /** Calls a method; answers with its result, and fails with what the gateway says against it. */
  async call(method, params = {}) {
    const id = this.#calls.size + 1;
    const answered = new Promise((resolve, reject) => this.#calls.set(id, { resolve, reject }));
    const frame = JSON.stringify({ jsonrpc: '2.0', id, method, params });
    this.#socket.write(clientFrame(TEXT, frame));
    return within(20_000, answered, `the answer to ${method}`);
  }

  /** The next event that matches, after the one that was asked for before. */
  async event(matches, what = matches) {
    let listener;
    const found = new Promise((resolve, reject) => {
      listener = () => {
        for (; this.#looked < this.events.length; ) {
          const event = this.events[this.#looked++];
          if (matches(event)) return resolve(event);
        }
        if (this.ended) reject(new Error(`the socket ended (${this.ended}) before ${what}`));
      };
      this.#listeners.add(listener);
      listener();
    });
    try {
      return await within(30_000, found, () => `${what}; last came ${JSON.stringify(this.events.at(-1))}`);
    } finally {
      this.#listeners.delete(listener);
    }
  }

  /** The connection breaks: no word of it to the gateway. */
  cut() {
    this.#socket.destroy();
  }

  /** The same, and the other end is told so by TCP. */
  reset() {
    this.#socket.resetAndDestroy();
  }

  #listen() {
    this.#socket.on('error', () => {}); // a gateway that is killed says nothing
    this.#socket.on('close', () => this.#over('the connection is closed'));
    this.#socket.on('data', (more) => {
      this.#bytes = Buffer.concat([this.#bytes, more]);
      for (let frame; (frame = firstFrame(this.#bytes)); ) {
        this.#bytes = frame.rest;
        this.#take(frame);
      }
    });
  }

  #take({ kind, isWhole, payload }) {
    assert.ok(isWhole, 'the gateway sends a frame in one piece');
    if (kind === PING) this.#socket.write(clientFrame(PONG, payload));
    if (kind === CLOSE) this.#over(JSON.stringify(goodbye(payload)));
    if (kind !== TEXT) return;
    const frame = JSON.parse(payload);
    if (frame.method === 'event') {
      this.events.push(Object.defineProperty(frame.params, 'cameAt', { value: performance.now() }));
      this.#changed();
    } else {
      const { resolve, reject } = this.#calls.get(frame.id);
      if (frame.error) reject(Object.assign(new Error(frame.error.message), frame.error));
      else resolve(frame.result);
    }
  }

  #over(why) {
    this.ended ??= why;
    for (const { reject } of this.#calls.values()) reject(new Error(`no answer: ${this.ended}`));
    this.#changed();
  }

  #changed() {
    for (const listener of [...this.#listeners]) listener();
  }
}

/** The TCP connection of a WebSocket. */
function connected(port, path) {
  return new Promise((resolve, reject) => {
    const asking = request({ host: '127.0.0.1', port, path, agent: false, headers: upgrade() });
    asking.on('error', reject);
    asking.on('response', (answer) => {
      answer.resume();
      reject(new Error(`no upgrade: status ${answer.statusCode}`));
    });
    asking.on('upgrade', (_, socket, head) => {
      if (head.length > 0) socket.unshift(head);
      resolve(socket);
    });
    asking.end();
  });
}

/** What a client shows of a conversation: the events that it was told, by number. */
export class Shown {
  #events = new Map();

  /** Takes events; one that is there already must be the same. */
  take(events) {
    for (const event of events.filter(({ seq }) => seq !== undefined)) {
      // What was used is as of the moment of telling.
      const payload = { ...event.payload, usage: undefined };
      const text = JSON.stringify({ ...event, payload });
      assert.equal(this.#events.get(event.seq) ?? text, text, 'one number is one event');
      this.#events.set(event.seq, text);
    }
  }

  /** The number of the last event. */
  get last() {
    return Math.max(0, ...this.#events.keys());
  }

  /** The events in order, of which none may be missing. */
  get all() {
    const numbers = [...this.#events.keys()].sort((one, other) => one - other);
    assert.deepEqual(numbers, numbers.map((_, index) => index + 1), 'no number is missing');
    return numbers.map((number) => JSON.parse(this.#events.get(number)));
  }
}
