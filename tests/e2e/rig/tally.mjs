// A reporter for `node --test`: counts the tests, so that the runner knows how many passed, failed,
// or did not run at all. A file that fails as a whole counts as a failed test.
export default async function* tally(source) {
  const count = { passed: 0, failed: 0, skipped: 0 };
  for await (const { type, data } of source) {
    if (type !== 'test:pass' && type !== 'test:fail') continue;
    if (data.details.type === 'suite') continue;
    if (data.skip !== undefined || data.todo !== undefined) count.skipped += 1;
    else if (type === 'test:pass') count.passed += 1;
    else count.failed += 1;
  }
  yield `${JSON.stringify(count)}\n`;
}
