// A line between a browser and a gateway, which a test cuts and mends.
import { connect, createServer } from 'node:net';

export class Line {
  #ends = new Set();
  #isCut = false;
  #left = Infinity;
  /** How many bytes have left the browser. */
  sent = 0;

  /** A line to this port of 127.0.0.1. */
  static async to(rig, port) {
    const line = new Line();
    const server = createServer((near) => line.#take(near, port));
    await new Promise((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve));
    rig.onClose(() => {
      line.cut();
      server.close();
    });
    line.origin = `http://127.0.0.1:${server.address().port}`;
    return line;
  }

  /** Breaks every connection, and each one that is tried from now on. */
  cut() {
    this.#isCut = true;
    for (const end of this.#ends) end.resetAndDestroy();
  }

  /** Cuts it when so many more bytes have left the browser. */
  cutAfter(bytes) {
    this.#left = bytes;
  }

  mend() {
    this.#isCut = false;
  }

  #take(near, port) {
    if (this.#isCut) return near.on('error', () => {}).resetAndDestroy();
    const far = connect(port, '127.0.0.1');
    for (const end of [near, far]) {
      this.#ends.add(end);
      end.on('error', () => {});
      end.on('close', () => {
        this.#ends.delete(end);
        near.destroy();
        far.destroy();
      });
    }
    near.on('data', ({ length }) => this.#count(length));
    near.pipe(far).pipe(near);
  }

  #count(bytes) {
    this.sent += bytes;
    this.#left -= bytes;
    if (this.#left > 0) return;
    this.#left = Infinity;
    this.cut();
  }
}
