// Anthropic's dialect in front of oidc-provider: a page shows `code#state` for the person to copy, and
// the token endpoint takes JSON.

/** The page that the browser is sent to. */
export const SHOWN = '/shown/callback';
/** The token endpoint of this dialect. */
export const JSON_TOKEN = '/shown/token';

/** Answers the page, or makes of a JSON request the form that oidc-provider knows; whether it answered. */
export async function translated(request, response) {
  const url = new URL(request.url, 'http://ignored');
  if (url.pathname === SHOWN) {
    const text = `${url.searchParams.get('code')}#${url.searchParams.get('state')}`;
    response.setHeader('content-type', 'text/html');
    response.end(`<!doctype html><title>Code</title><code id="shown">${text}</code>`);
    return true;
  }
  if (url.pathname === JSON_TOKEN) {
    let body = '';
    for await (const chunk of request) body += chunk;
    const { state: _, ...form } = JSON.parse(body);
    request.body = form;
    request.url = '/token';
    request.headers['content-type'] = 'application/x-www-form-urlencoded';
  }
  return false;
}
