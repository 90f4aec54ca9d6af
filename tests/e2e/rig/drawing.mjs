// Draws what is on a terminal as an SVG.

/** Pixels: the height of a line and where letters stand in it, the width of a character, the space around. */
const LINE = 19;
const BASELINE = 11;
const CHARACTER = 8;
const MARGIN = 20;

/** What a terminal on paper, and one in the dark, shows as the colours that the chat uses. */
const INKS = {
  light: { paper: '#fbfaf7', rule: '#e4e0d8', ink: '#1d1b18', dim: '#6b665d', 31: '#b3261e', 34: '#0f5f86', 35: '#8a4a9e' },
  dark: { paper: '#141311', rule: '#2f2c28', ink: '#edeae3', dim: '#9d978b', 32: '#7cc58c', 33: '#e2b25a', 36: '#5cc4b3', 91: '#f2867d' },
};

/** The text of a screen with the sequences of its colours, as `Screen` has it, on this ground. */
export function drawing({ text, cursor: [column, row] }, ground) {
  const inks = INKS[ground];
  const lines = linesOf(text);
  const columns = Math.max(...lines.map((line) => line.reduce((sum, { text }) => sum + text.length, 0)));
  const [width, height] = [columns * CHARACTER + 2 * MARGIN, lines.length * LINE + 2 * MARGIN];
  const style = `text { font: 13px ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, monospace; white-space: pre; fill: ${inks.ink} }`;
  const cells = lines.flatMap((line, at) => line.map((run) => cell(run, MARGIN + at * LINE, inks)));
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}">`,
    `<style>${style}</style>`,
    `<rect x=".5" y=".5" width="${width - 1}" height="${height - 1}" rx="10" fill="${inks.paper}" stroke="${inks.rule}"/>`,
    `<rect x="${MARGIN + column * CHARACTER}" y="${MARGIN + row * LINE - 3}" width="${CHARACTER}" height="${LINE - 1}" fill="${inks.dim}"/>`,
    ...cells.filter((one) => one !== ''),
    '</svg>\n',
  ].join('\n');
}

/** The pieces of the lines, each with what the sequences before it want, on its own line or above. */
function linesOf(screen) {
  let marks = [];
  return screen.replace(/\n+$/, '').split('\n').map((line) => {
    const found = [];
    let column = 0;
    for (const part of line.split(/(\x1b\[[\d;]*m)/)) {
      if (part.startsWith('\x1b[')) marks = marked(marks, part.slice(2, -1));
      else if (part !== '') {
        found.push({ text: part, column, marks });
        column += part.length;
      }
    }
    return found;
  });
}

/** Nought ends all that was wanted, 39 a colour, and 49 one of the ground, which the chat never has. */
function marked(before, sequence) {
  let marks = before;
  for (const number of sequence.split(';').map(Number)) {
    if (number === 0) marks = [];
    else if (number === 39) marks = marks.filter((mark) => mark < 30);
    else if (number === 49) continue;
    else marks = [...marks, number];
  }
  return marks;
}

function cell({ text, column, marks }, top, inks) {
  const words = text.trimEnd();
  if (words === '') return '';
  const unknown = marks.filter((mark) => mark >= 30 && !(mark in inks));
  if (unknown.length > 0) throw new Error(`no ink for ${unknown} of “${text}”`);
  const colour = marks.findLast((mark) => mark in inks);
  const fill = colour ? inks[colour] : marks.includes(2) ? inks.dim : null;
  const style = [
    ...(fill ? [`fill:${fill}`] : []),
    ...(marks.includes(1) ? ['font-weight:600'] : []),
    ...(marks.includes(3) ? ['font-style:italic'] : []),
  ].join(';');
  const attributes = [
    `x="${MARGIN + column * CHARACTER}" y="${top + BASELINE}"`,
    // Whatever the font, columns stand below each other.
    `textLength="${words.length * CHARACTER}"`,
    ...(style ? [`style="${style}"`] : []),
  ];
  return `<text ${attributes.join(' ')}>${words.replaceAll('&', '&amp;').replaceAll('<', '&lt;')}</text>`;
}
