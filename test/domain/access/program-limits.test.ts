import { expect } from 'chai';
import { PAGES } from '../../../src/console/pages.ts';
import { isWithinLimit, type LimitRule, limitRule } from '../../../src/domain/access/program-limits.ts';

describe('A limit to programs', () => {
  for (const { limit, programs, within } of [
    { limit: [], programs: [], within: true },
    { limit: [], programs: ['orders'], within: true },
    { limit: ['deals'], programs: ['deals'], within: true },
    { limit: ['deals'], programs: ['orders', 'deals'], within: true },
    { limit: ['deals', 'orders'], programs: ['orders'], within: true },
    { limit: ['deals'], programs: ['orders'], within: false },
    { limit: ['deals'], programs: [], within: false },
  ]) {
    it(`${within ? 'shows' : 'hides'} what belongs to [${programs}] where it is [${limit}]`, () => {
      expect(isWithinLimit(limit, programs)).to.equal(within);
    });
  }

  const rules: readonly [path: string, rule: LimitRule][] = [
    ['/', 'narrowed'],
    ['/account/password', 'free'],
    ['/people', 'narrowed'],
    ['/people/opt-out', 'free'],
    ['/people/:id', 'person'],
    ['/people/:id/proof.json', 'person'],
    ['/people/:id/overturn/:entry', 'person'],
    ['/sent', 'narrowed'],
    ['/sent.csv', 'narrowed'],
    ['/sent/:id', 'message'],
    ['/inbox/:id/answer', 'text'],
    ['/holds/:id', 'hold'],
    ['/programs', 'narrowed'],
    ['/programs/:id/rows/:row', 'program'],
    ['/programs/new', 'closed'],
    ['/suppressions.csv', 'closed'],
    ['/drift', 'closed'],
    ['/audit.ndjson', 'closed'],
    ['/keys/new', 'closed'],
    ['/requests', 'closed'],
    ['/words', 'closed'],
    ['/team', 'closed'],
    ['/a-page-of-tomorrow', 'closed'],
  ];
  for (const [path, rule] of rules)
    it(`treats the page ${path} as ${rule}`, () => {
      expect(limitRule(path)).to.equal(rule);
    });

  it('treats no page about one person as a page about nobody', () => {
    const free = PAGES.filter(({ path }) => path.startsWith('/people/:id') && limitRule(path) !== 'person');
    expect(free.map(({ path }) => path)).to.deep.equal([]);
  });
});
