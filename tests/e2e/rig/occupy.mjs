// Holds a port of 127.0.0.1 until stdin ends: `node occupy.mjs PORT`.
import { createServer } from 'node:net';

createServer((connection) => connection.destroy()).listen(Number(process.argv[2]), '127.0.0.1', () => {
  process.stdout.write('listening\n');
});
process.stdin.on('end', () => process.exit(0)).resume();
