// Passes connections to a port of 127.0.0.1 on to a socket in the file system.
import { connect, createServer } from 'node:net';

const server = createServer((near) => {
  const far = connect(process.argv[2]);
  for (const end of [near, far]) end.on('error', () => [near, far].forEach((it) => it.destroy()));
  near.pipe(far).pipe(near);
});
server.listen(0, '127.0.0.1', () => console.log(`listening on ${server.address().port}`));
