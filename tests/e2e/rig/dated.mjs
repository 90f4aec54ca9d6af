// A proxy before a gateway, which can be one from before tickets for a while, and whose sockets can be cut.
import { createServer, request } from 'node:http';
import { connect } from 'node:net';

/** Stands before the gateway at this port. */
export async function dated(rig, port) {
  const before = { isOld: false, isDeaf: false, mints: 0, lost: [] };
  const sockets = new Set();
  const server = createServer((asked, response) => {
    if (asked.url === '/api/auth/ws-ticket') {
      before.mints += 1;
      if (before.isOld) return response.writeHead(404, { 'content-type': 'application/json' }).end('{"detail":"Not Found"}');
    }
    const { url: path, method, headers } = asked;
    const passed = request({ host: '127.0.0.1', port, path, method, headers }, (answer) => {
      response.writeHead(answer.statusCode, answer.headers);
      answer.pipe(response);
    });
    passed.on('error', () => response.writeHead(502).end());
    asked.pipe(passed);
  });
  server.on('upgrade', (asked, near, head) => {
    const far = connect(port, '127.0.0.1', () => {
      const lines = asked.rawHeaders.flatMap((name, at, all) => (at % 2 === 0 ? [`${name}: ${all[at + 1]}`] : []));
      far.write(`${asked.method} ${asked.url} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`);
      far.write(head);
      far.pipe(near);
      // What is said to one that is deaf never arrives.
      near.on('data', (bytes) => (before.isDeaf ? before.lost.push(said(bytes)) : far.write(bytes)));
    });
    for (const end of [near, far]) {
      sockets.add(end);
      end.on('error', () => undefined).on('close', () => [near, far].forEach((one) => (sockets.delete(one), one.destroy())));
    }
  });
  const cut = (before.cut = () => sockets.forEach((socket) => socket.destroy()));
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  rig.onClose(() => {
    cut();
    server.closeAllConnections();
    server.close();
  });
  before.origin = `http://127.0.0.1:${server.address().port}`;
  /** From now on it is one from before tickets, or the gateway of today. */
  before.is = (age) => {
    before.isOld = age === 'old';
    cut();
  };
  return before;
}

/** What a frame of a client says (RFC 6455, 5.2). */
function said(frame) {
  const at = { 126: 4, 127: 10 }[frame[1] & 0x7f] ?? 2;
  const mask = frame.subarray(at, at + 4);
  return Buffer.from(frame.subarray(at + 4).map((byte, n) => byte ^ mask[n % 4])).toString();
}
