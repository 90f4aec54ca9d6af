// A reporter for `node --test`: a line of JSON for each test as soon as it has ended, for a program that reads them.
export default async function* checks(source) {
  for await (const { type, data } of source) {
    if ((type !== 'test:pass' && type !== 'test:fail') || data.nesting > 0) continue;
    const { error, duration_ms: milliseconds } = data.details;
    // What the test threw is within what the runner says of it.
    const reason = error && String(error.cause?.message ?? error.message);
    yield `${JSON.stringify({ check: data.name, passed: type === 'test:pass', milliseconds: Math.round(milliseconds), reason })}\n`;
  }
}
