// Where links lead: the window of the application goes nowhere, and what is elsewhere is opened in the browser.

/** Has links opened by this, until what is answered is called. */
export function follow(open: (address: string) => void): () => void {
  const end = new AbortController();
  const { signal } = end;
  const clicked = (event: MouseEvent) => {
    const link = event.composedPath().find((one) => one instanceof HTMLAnchorElement && one.hasAttribute('href'));
    if (!(link instanceof HTMLAnchorElement)) return;
    const led = ledBy(link);
    if (led === 'here') return;
    event.preventDefault();
    if (led !== 'nowhere') open(led.address);
  };
  // Before anybody else: no part of the page is to find that a link was followed.
  for (const kind of ['click', 'auxclick'] as const) document.addEventListener(kind, clicked, { capture: true, signal });
  // What is dropped on a page takes its place otherwise.
  for (const kind of ['dragover', 'drop'] as const) {
    addEventListener(kind, (event) => { event.preventDefault(); }, { signal });
  }
  return () => {
    end.abort();
  };
}

type Led =
  /** To another place of the page, or to a file that the page has made. */
  | 'here'
  | 'nowhere'
  | { address: string };

function ledBy(link: HTMLAnchorElement): Led {
  const written = link.getAttribute('href') ?? '';
  if (written.startsWith('#')) return 'here';
  const url = URL.parse(written);
  if (url === null) return 'nowhere';
  if (url.protocol === 'blob:') return link.hasAttribute('download') ? 'here' : 'nowhere';
  return ['http:', 'https:', 'mailto:'].includes(url.protocol) ? { address: url.href } : 'nowhere';
}
