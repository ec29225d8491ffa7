import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';

const sha256 = (text) => createHash('sha256').update(text, 'utf8').digest('hex');
const sorted = (value) => {
  if (Array.isArray(value)) return value.map(sorted);
  if (value === null || typeof value !== 'object') return value;
  const names = Object.keys(value).sort();
  return Object.fromEntries(names.map((name) => [name, sorted(value[name])]));
};

const [, , contact, ...pages] = process.argv;
const entriesOf = (page) => {
  const { items, entries } = JSON.parse(readFileSync(page, 'utf8'));
  return items ?? entries ?? [];
};
let [seq, prev] = [0, '0'.repeat(64)];
for (const entry of pages.flatMap(entriesOf)) {
  const { acted_at, recorded_at, personal, salts, hash, ...open } = entry;
  const times = { actedAt: acted_at, recordedAt: recorded_at };
  const hashed = JSON.stringify(sorted({ ...times, ...open, contact }));
  const wrong = [];
  if (open.seq !== seq + 1 || open.prev !== prev) wrong.push('it does not follow the entry before it');
  if (sha256(hashed) !== hash) wrong.push('its hash is another');
  const shown = Object.keys(personal ?? {}).filter((field) => field !== 'number');
  for (const field of shown)
    if (sha256(salts?.[field] + personal[field]) !== open.commitments[field])
      wrong.push(`its ${field} is another`);
  const unseen = Object.keys(open.commitments).filter(
    (field) => field !== 'number' && !shown.includes(field),
  );
  const but = unseen.length > 0 ? `, but nobody looked at ${unseen.join(', ')}` : '';
  console.log(`entry ${open.seq}, ${open.kind}: ${wrong.join(', ') || 'fits'}${but}`);
  if (wrong.length > 0) process.exitCode = 1;
  [seq, prev] = [open.seq, hash];
}
if (seq === 0) {
  console.log('there is no entry on these pages: nothing was checked');
  process.exitCode = 1;
}
