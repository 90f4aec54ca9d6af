// A model server that says what a test has it say, and remembers when each word was written.
import { once } from 'node:events';
import { createServer } from 'node:http';
import { inside } from './provider.mjs';
import { rigFile } from './settings.mjs';
import { within } from './wait.mjs';

// Turns are streamed. What is asked for whole is a title for a conversation of upstream's, which no test waits for.
const TITLE = { choices: [{ index: 0, message: { role: 'assistant', content: 'Geese' }, finish_reason: 'stop' }] };

export class ModelServer {
  /** The models that it lists; null where it keeps no list. */
  listed = null;
  /** How often it was asked. */
  count = 0;
  #answers = [];
  #waiting = [];

  /** Starts it on this machine, and in a namespace besides if one is named: its settings are for there. */
  static async start(rig, namespace) {
    const model = new ModelServer();
    const server = createServer(async (asked, response) => {
      if (model.listed && asked.url.endsWith('/models')) return response.end(JSON.stringify({ object: 'list', data: model.listed }));
      if (!asked.url.endsWith('/chat/completions')) return response.writeHead(404).end();
      let body = '';
      for await (const text of asked.setEncoding('utf8')) body += text;
      const question = JSON.parse(body);
      if (question.stream) model.#take(new Answer(question, response));
      else response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(TITLE));
    });
    const place = namespace ? { path: rig.path('model.sock') } : { port: 0, host: '127.0.0.1' };
    await new Promise((resolve, reject) => server.once('error', reject).listen(place, resolve));
    rig.onClose(() => {
      server.closeAllConnections();
      server.close();
    });
    const port = namespace ? await passedOn(rig, namespace, place.path) : server.address().port;
    model.baseUrl = `http://127.0.0.1:${port}/v1`;
    model.settings = `[model]\nbase_url = "${model.baseUrl}"\ndefault = "a-model"\ntitles = false\n`;
    return model;
  }

  /** The next answer that somebody waits for. */
  async asked() {
    if (this.#answers.length > 0) return this.#answers.shift();
    return within(60_000, new Promise((resolve) => this.#waiting.push(resolve)), 'the model to be asked');
  }

  #take(answer) {
    this.count += 1;
    const next = this.#waiting.shift();
    if (next) next(answer);
    else this.#answers.push(answer);
  }
}

/** The port in the namespace that leads to this socket, which namespaces share as they share files. */
async function passedOn(rig, namespace, path) {
  const passing = rig.start(...inside(namespace, process.execPath, [rigFile('pass-on.mjs'), path]));
  const [, port] = await passing.says(/^listening on (\d+)$/m, { stream: 'stdout' });
  return Number(port);
}

/** An answer, which the test says. Its words are numbered, so that none can be missing or come twice. */
class Answer {
  #response;
  #isOver = false;
  /** The words that were written, and when they were: the clock is `performance.now()`. */
  written = [];

  constructor({ messages, model }, response) {
    this.prompt = messages.at(-1).content;
    /** All that it was told, and which model was to answer. */
    this.told = messages.map(({ content }) => content);
    this.model = model;
    this.#response = response;
    response.on('close', () => (this.#isOver = true));
    response.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders();
  }

  /** Everything that was written. */
  get text() {
    return this.written.map(({ word }) => word).join('');
  }

  /** Writes so many words at once. */
  async say(words = 1) {
    for (let left = words; left > 0 && !this.#isOver; left -= 1) {
      const word = `w${this.written.length} `;
      await this.#write({ choices: [{ index: 0, delta: { content: word } }] });
      this.written.push({ word, at: performance.now() });
    }
  }

  /** Writes a word every so many milliseconds until it has to end, or nobody listens. */
  async talk(every) {
    while (!this.#isOver) {
      await this.say();
      await new Promise((resolve) => setTimeout(resolve, every));
    }
  }

  /** Writes this text as it stands. */
  async put(text) {
    await this.#write({ choices: [{ index: 0, delta: { content: text } }] });
  }

  /** Waits until nobody listens any more. */
  async isCut() {
    if (!this.#response.destroyed) await within(5_000, once(this.#response, 'close'), 'the answer to be cut');
  }

  /** Ends as an answer does, and tells how many tokens it took if that is said here. */
  async end(usage) {
    this.#isOver = true;
    await this.#write({ choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] });
    if (usage) await this.#write({ choices: [], usage });
    this.#response.end('data: [DONE]\n\n');
  }

  /** Ends as a server does that cannot go on, with this reason. */
  async fail(message) {
    this.#isOver = true;
    await this.#write({ error: { message, type: 'server_error', code: 'server_error' } });
    this.#response.end();
  }

  #write(event) {
    return new Promise((resolve) => this.#response.write(`data: ${JSON.stringify(event)}\n\n`, resolve));
  }
}
