// Addresses that providers give: shown, and opened, only if they are of the web.

/** The address, if it is one that a link may lead to. */
export function ofTheWeb(text: string): URL | null {
  const url = URL.parse(text);
  return url && (url.protocol === 'https:' || url.protocol === 'http:') ? url : null;
}

/** What a person types of an address: where it leads, without the rest. */
export function place(url: URL): string {
  return url.host + (url.pathname === '/' ? '' : url.pathname);
}

/** Whether a sign-in that begins at this address ends at one of the host's own machine, which does not load. */
export function endsNowhere(url: URL): boolean {
  const redirect = URL.parse(url.searchParams.get('redirect_uri') ?? '');
  return redirect !== null && /^(localhost|127\.[\d.]+|\[::1\])$/.test(redirect.hostname);
}
