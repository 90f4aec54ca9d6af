// A way through which clients reach a gateway: what passes is noted, it can be cut, and one thing can be made to fail.
import { connect, createServer } from 'node:net';
import { TEXT, firstFrame } from './frames.mjs';

const REQUEST = /^(GET|POST|PUT|PATCH|DELETE) (\S+) HTTP\/1\.1\r\n/;
const HEAD_END = '\r\n\r\n';

export class Passage {
  /** The requests so far, in order: `POST /api/auth/ws-ticket`. */
  asked = [];
  /** The sockets so far: the ticket or token of each, and the text that came first. */
  sockets = [];
  #connections = new Set();

  /**
   * A way to whatever will listen at a port of this machine, once `leadsTo` has said which.
   *
   * @param {object} [fault] what fails: `request` (a pattern of what `asked` holds), and `answer` (the whole of an
   *   HTTP answer) in place of the gateway's; without an answer its own does not come through.
   */
  static async open(rig, fault) {
    const passage = new Passage();
    const server = createServer((client) => passage.#carry(client, fault));
    await new Promise((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve));
    rig.onClose(() => {
      server.close();
      passage.cut();
    });
    passage.port = server.address().port;
    passage.origin = `http://127.0.0.1:${passage.port}`;
    return passage;
  }

  leadsTo(port) {
    this.target = port;
  }

  /** Every connection breaks; new ones are carried. */
  cut() {
    for (const socket of this.#connections) socket.destroy();
  }

  #carry(client, fault) {
    const gateway = connect(this.target, '127.0.0.1');
    let opened;
    let isSwallowed = false;
    for (const [one, other] of [[client, gateway], [gateway, client]]) {
      this.#connections.add(one);
      one.on('error', () => other.destroy());
      one.on('close', () => {
        this.#connections.delete(one);
        other.destroy();
      });
    }
    client.on('data', (bytes) => {
      const [, method, path] = REQUEST.exec(bytes.toString('latin1')) ?? [];
      const asked = `${method} ${path?.split('?')[0]}`;
      if (method) this.asked.push(asked);
      if (method && fault?.request.test(asked)) {
        if (fault.answer) return client.end(fault.answer);
        isSwallowed = true;
      }
      if (path?.startsWith('/api/ws?')) {
        const query = new URLSearchParams(path.split('?')[1]);
        opened = { credential: query.get('ticket') ?? query.get('token'), by: query.has('ticket') ? 'ticket' : 'token', bytes: Buffer.alloc(0) };
        this.sockets.push(opened);
      }
      gateway.write(bytes);
    });
    gateway.on('data', (bytes) => {
      if (isSwallowed) return;
      if (opened && opened.first === undefined) note(opened, bytes);
      client.write(bytes);
    });
  }
}

/** Keeps what a gateway sends over a new socket until its first frame of text is whole. */
function note(opened, more) {
  opened.bytes = Buffer.concat([opened.bytes, more]);
  const end = opened.bytes.indexOf(HEAD_END);
  const frame = end < 0 ? undefined : firstFrame(opened.bytes.subarray(end + HEAD_END.length));
  if (frame?.kind === TEXT) opened.first = frame.payload.toString();
}
