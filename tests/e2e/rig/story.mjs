// What is talked about in the pictures.

export const PROMPT = 'Move last month’s backups to the new disk and check them.';

export const ANSWER = `There are **31 archives** from October, 84 GB in all. I copy them first, compare checksums, and only then
remove the originals.

| host | archives | size |
|---|---|---|
| build7 | 24 | 61.4 GB |
| build8 | 7 | 22.8 GB |

\`\`\`sh
rsync -a --checksum /srv/backup/2026-10/ /srv/cold/2026-10/
sha256sum --check sums.txt && echo "31 of 31 equal"
\`\`\`

Nothing is removed before it is compared.
`;
export const EARLIER = ['Why is the build slow since Tuesday?', 'Draft the release notes', 'Rotate the deploy keys'];
