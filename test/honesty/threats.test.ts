import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';

const ROOT = join(import.meta.dirname, '../..');
const FOLDER = 'test/console';
const USUAL = 'sign-in.test.ts';

type Threat = { threat: string; file: string; titles: string[] };

/** The lines of the table of threats. A line without a quoted title names the test of the line above it. */
function threatsIn(page: string): Threat[] {
  const table = page.split('\n## Threats\n')[1]?.split('\n## ')[0] ?? '';
  const rows = table.split('\n').filter((line) => line.startsWith('| '));
  return rows.slice(2).map((line) => {
    const [, threat = '', , test = ''] = line.split(' | ').length > 2 ? line.split('|') : [];
    const titles = [...test.matchAll(/"([^"]+)"/g)].map(([, title = '']) => title);
    const file = /`([\w.-]+\.test\.ts)`/.exec(test)?.[1] ?? USUAL;
    return { threat: threat.trim(), file, titles: test.trim() === 'the same test' ? ['as above'] : titles };
  });
}

describe('The list of threats', () => {
  const threats = threatsIn(readFileSync(join(ROOT, 'test/console/THREATS.md'), 'utf8'));

  it('has a test for each threat', () => {
    expect(threats.length).to.be.above(20);
    for (const { threat, titles } of threats) expect(titles, threat).to.not.have.length(0);
  });

  it('names only tests that there are', () => {
    for (const { threat, file, titles } of threats) {
      const path = join(ROOT, FOLDER, file);
      expect(existsSync(path), `${threat}: ${file}`).to.equal(true);
      const source = readFileSync(path, 'utf8');
      for (const title of titles)
        if (title !== 'as above') expect(source, `${threat}: ${title}`).to.include(title);
    }
  });
});
