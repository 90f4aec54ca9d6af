// Another program holds the lock of the credential file, as upstream's does while it writes.
import assert from 'node:assert/strict';
import { readdir, readlink } from 'node:fs/promises';
import { describe, test } from 'node:test';
import { Hermes } from './rig/hermes.mjs';
import { Rig } from './rig/rig.mjs';
import { rigFile } from './rig/settings.mjs';
import { until } from './rig/wait.mjs';

const rig = await Rig.open();
const KEY = ['auth', 'add', 'openrouter', '--no-check', '--api-key', 'sk-or-end-to-end'];

// Both at once, for the second lasts as long as the patience of a writer.
describe('a lock in other hands', { concurrency: 2 }, () => {
  test('writers wait for it, readers do not', async () => {
    const hermes = await Hermes.home(rig, 'waiting');
    const holder = await hold(hermes);
    const adding = await waiting(hermes, ...KEY);
    const { stdout } = await hermes.ok('auth', 'list', '--json');
    assert.deepEqual(JSON.parse(stdout), { providers: [] });
    assert.equal((await hermes.run('auth', 'token', 'openrouter')).code, 4, 'the key is not there yet');
    assert.equal(adding.ended, null, 'it still waits');
    assert.equal(holder.ended, null);

    holder.closeInput();
    const end = await adding.end();
    assert.equal(end.code, 0, end.said);
    assert.equal(await hermes.token('openrouter'), 'sk-or-end-to-end');
  });

  test('after its patience a writer says who has it, and nothing is changed', async () => {
    const hermes = await Hermes.home(rig, 'giving-up');
    await hermes.ok(...KEY);
    const before = await hermes.file();
    const holder = await hold(hermes);
    const adding = await waiting(hermes, 'auth', 'add', 'deepseek', '--no-check', '--api-key', 'sk-end-to-end');
    const end = await adding.end();
    assert.equal(end.code, 5, end.said);
    const who = `^error\\[store\\.locked\\]: .*auth\\.lock. is locked by .python3?\\S*. \\(process ${holder.pid}\\)`;
    assert.match(end.stderr, new RegExp(who, 'm'));
    assert.match(end.stderr, new RegExp(`^ {2}next: ps -fp ${holder.pid}$`, 'm'));
    assert.equal(holder.ended, null, 'it held the lock all the time');
    assert.deepEqual(await hermes.file(), before);

    holder.closeInput();
    await holder.end();
    await hermes.ok('auth', 'add', 'deepseek', '--no-check', '--api-key', 'sk-end-to-end');
    assert.equal(await hermes.token('openrouter'), 'sk-or-end-to-end');
  });
});

/** A program that has the lock until its stdin ends. */
async function hold(hermes) {
  const holder = rig.start('/usr/bin/python3', [rigFile('hold-lock.py'), `${hermes.home}/auth.lock`]);
  await holder.says(/^held$/m);
  return holder;
}

/** Starts a command that needs the lock; resolves when it stands before it. */
async function waiting(hermes, ...args) {
  const child = hermes.start(...args);
  child.closeInput();
  const stands = async () => {
    assert.equal(child.ended, null, child.said);
    return (await openFiles(child.pid)).includes(`${hermes.home}/auth.lock`);
  };
  await until(10_000, stands, 'it to stand before the lock');
  return child;
}

async function openFiles(pid) {
  const folder = `/proc/${pid}/fd`;
  const names = await readdir(folder).catch(() => []);
  return Promise.all(names.map((name) => readlink(`${folder}/${name}`).catch(() => '')));
}
