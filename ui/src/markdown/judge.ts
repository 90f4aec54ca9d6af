// What a page made of a text may hold, said without knowing how it is made. For tests alone.

const ELEMENTS = new Set(
  ('DIV P H2 H3 H4 H5 H6 UL OL LI INPUT BLOCKQUOTE HR TABLE THEAD TBODY TR TH TD FIGURE FIGCAPTION PRE CODE SPAN BDI ' +
    'BUTTON A BR STRONG EM DEL').split(' '),
);
const ATTRIBUTES = new Set(
  ('class dir href title target rel referrerpolicy role aria-label aria-pressed tabindex scope type disabled start ' +
    'checked data-lead').split(' '),
);
const LINK = { target: '_blank', rel: 'noopener noreferrer nofollow', referrerpolicy: 'no-referrer' };

/** What is wrong with a page made of a text; null if nothing is. */
export function wrong(root: Element): string | null {
  for (const element of root.querySelectorAll('*')) {
    if (!ELEMENTS.has(element.nodeName)) return `<${element.nodeName}>`;
    for (const name of element.getAttributeNames()) {
      if (!ATTRIBUTES.has(name)) return `${element.nodeName} ${name}=${element.getAttribute(name) ?? ''}`;
    }
    if (element.nodeName === 'INPUT' && element.getAttribute('type') !== 'checkbox') return 'an input';
    if (element.nodeName === 'A') {
      const href = element.getAttribute('href') ?? '';
      if (!/^(?:https?:\/\/[^/@]+(?:[/?#]|$)|mailto:)/.test(href)) return `a link to ${href}`;
      for (const [name, value] of Object.entries(LINK)) {
        if (element.getAttribute(name) !== value) return `a link with ${name} ${element.getAttribute(name) ?? 'missing'}`;
      }
      if (element.querySelector('a, button, input') !== null) return 'something to press in a link';
    } else if (element.hasAttribute('href')) return `${element.nodeName} with a link`;
  }
  return null;
}
