// A certificate authority for one run, made with openssl, and a server certificate under it.
import { X509Certificate, createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';

/**
 * A certificate for an address, and for these names besides.
 *
 * @returns paths of the authority's certificate, the server's key and certificate, and the hash by
 *   which Chromium can be told to trust exactly this one key.
 */
export async function certificateFor(rig, address, names = []) {
  const folder = await rig.folder('tls');
  const file = (name) => `${folder}/${name}`;
  const openssl = (...args) => rig.run('/usr/bin/openssl', args, { cwd: folder });
  await openssl(
    ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '30'],
    ...['-subj', '/CN=hermes e2e test authority', '-keyout', 'ca.key', '-out', 'ca.crt'],
    ...['-addext', 'basicConstraints=critical,CA:TRUE', '-addext', 'keyUsage=critical,keyCertSign,cRLSign'],
  );
  await openssl(
    ...['req', '-new', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'],
    ...['-subj', '/CN=hermes e2e provider', '-keyout', 'server.key', '-out', 'server.csr'],
  );
  const extensions = [
    `subjectAltName=${[`IP:${address}`, ...names.map((name) => `DNS:${name}`)].join()}`,
    'basicConstraints=critical,CA:FALSE',
    'keyUsage=critical,digitalSignature',
    'extendedKeyUsage=serverAuth',
  ];
  await writeFile(file('server.ext'), `${extensions.join('\n')}\n`);
  await openssl(
    ...['x509', '-req', '-in', 'server.csr', '-CA', 'ca.crt', '-CAkey', 'ca.key', '-CAcreateserial'],
    ...['-days', '30', '-extfile', 'server.ext', '-out', 'server.crt'],
  );
  const certificate = new X509Certificate(await readFile(file('server.crt')));
  const spki = certificate.publicKey.export({ type: 'spki', format: 'der' });
  return {
    ca: file('ca.crt'),
    key: file('server.key'),
    cert: file('server.crt'),
    spki: createHash('sha256').update(spki).digest('base64'),
  };
}
