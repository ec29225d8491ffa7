import { readFile } from 'node:fs/promises';
import { expect } from 'chai';
import { jobTable } from '../../src/jobs/table.ts';

describe('the table of background jobs', () => {
  const table = jobTable({} as never, {} as never);

  it('names every job once', () => {
    const names = table.map((job) => job.name);
    expect(new Set(names).size).to.equal(names.length);
  });

  it('locks each for 30 to 60 seconds', () => {
    for (const job of table) expect(job.lockSeconds, job.name).to.be.within(30, 60);
  });

  it('is the table of docs/operations.md', async () => {
    const text = await readFile(new URL('../../docs/operations.md', import.meta.url), 'utf8');
    const rows = [...text.matchAll(/^\| `([a-z-]+)` +\| (\d+ \w+) +\|/gm)].map(([, name, every]) => ({
      name,
      every,
    }));
    expect(rows).to.deep.equal(table.map(({ name, every }) => ({ name, every })));
  });
});
