// The page that a person goes to next, which notes where its visitors say they come from.
import { createServer } from 'node:http';

export class NextPage {
  referrers = [];

  /** Starts it. Browsers that know `name` reach it by that. */
  static async start(rig, name = '127.0.0.1') {
    const page = new NextPage();
    const server = createServer((request, response) => {
      // The browser looks for an icon, too; that is this page's own affair.
      if (request.url === '/next') page.referrers.push(request.headers.referer ?? null);
      response.writeHead(200, { 'content-type': 'text/html', connection: 'close' });
      response.end('<!doctype html><title>Next</title><p>The next page.</p>');
    });
    await new Promise((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve));
    page.address = `http://${name}:${server.address().port}/next`;
    rig.onClose(() => server.close());
    return page;
  }
}
