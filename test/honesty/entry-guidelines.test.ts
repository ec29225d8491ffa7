import { readFile } from 'node:fs/promises';
import { expect } from 'chai';
import { asMarkdown, guidelinesOf } from '../../src/domain/quality/rules.ts';

describe('documentation page of entry guidelines', () => {
  it('matches the quality rules with their usual thresholds', async () => {
    const page = await readFile(new URL('../../docs/entry-guidelines.md', import.meta.url), 'utf8');
    expect(page).to.equal(asMarkdown(guidelinesOf(new Map())));
  });
});
