// A proxy that lets nobody through: it answers every CONNECT with 403 and says which host was asked for.
import { createServer } from 'node:http';

const server = createServer();
server.on('connect', (request, socket) => {
  process.stdout.write(`refused CONNECT ${request.url}\n`);
  socket.end('HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n');
});
server.listen(Number(process.argv[2]), '127.0.0.1', () => process.stdout.write('listening\n'));
