/** Keeps a text as a file. */
export type Save = (name: string, text: string) => void;

let way: Save = offer;

/** Keeps a text as a file, as whatever shows the page does that. */
export function save(name: string, text: string) {
  way(name, text);
}

/** From now on files are kept in this way. */
export function saveBy(other: Save) {
  way = other;
}

/** Offers it to the browser, which alone knows whether it was kept, and where. */
function offer(name: string, text: string) {
  const address = URL.createObjectURL(new Blob([text], { type: 'text/plain;charset=utf-8' }));
  const link = document.createElement('a');
  link.href = address;
  link.download = name;
  link.click();
  // The browser reads it after the click.
  setTimeout(() => { URL.revokeObjectURL(address); }, 60_000);
}
