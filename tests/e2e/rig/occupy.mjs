// Holds a port of an address until stdin ends: `node occupy.mjs PORT ADDRESS`.
import { createServer } from 'node:net';

createServer((connection) => connection.destroy()).listen(Number(process.argv[2]), process.argv[3], () => {
  process.stdout.write('listening\n');
});
process.stdin.on('end', () => process.exit(0)).resume();
