import { readFile } from 'node:fs/promises';
import { expect } from 'chai';
import { type EndedBy, RETENTION, type RetentionRule, USUAL_WORDS_DAYS } from '../../src/domain/retention.ts';

const KEPT: Record<EndedBy, string> = {
  index: '',
  job: '',
  count: 'the last ones',
  erasure: 'until the person is erased',
  nothing: 'for good',
};

/** The retention period in the words of the documentation. */
function keptWords({ days, by }: RetentionRule): string {
  if (days === 'words') return `${USUAL_WORDS_DAYS} days, or as many as you set`;
  return days === null ? KEPT[by] : `${days} day${days === 1 ? '' : 's'}`;
}

describe('the retention table', () => {
  it('stands in docs/operations.md as the rules have it', async () => {
    const text = await readFile(new URL('../../docs/operations.md', import.meta.url), 'utf8');
    const part = text.split('## What is kept')[1]?.split('\n## ')[0] ?? '';
    const rows = [...part.matchAll(/^\| (?!-|what {2})([^|]+?) +\| ([^|]+?) +\| ([^|]+?) +\|$/gm)];
    expect(rows.map(([, ...cells]) => cells)).to.deep.equal(
      RETENTION.map((retentionRule) => [retentionRule.what, keptWords(retentionRule), retentionRule.source]),
    );
  });
});
