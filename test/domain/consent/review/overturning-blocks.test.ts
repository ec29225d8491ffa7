import { expect } from 'chai';
import type { OverturnEntry } from '../../../../src/domain/consent/overturn.ts';
import { history } from './history.ts';

type Since = Pick<OverturnEntry, 'kind' | 'actor' | 'scope'>;
const BLOCKED: Since = { kind: 'carrier-blocked', actor: 'carrier', scope: 'sender:28555' };
const FORGOTTEN: Since = { kind: 'carrier-unblocked', actor: 'job:bounce-sweep', scope: 'sender:28555' };

describe('scored opt-out with later carrier blocks', () => {
  const rows: [what: string, since: Since[], done: boolean][] = [
    ['a job found a block to rest on nothing', [FORGOTTEN], true],
    ['the carrier blocked them, which a job found to rest on nothing', [BLOCKED, FORGOTTEN], true],
    ['the carrier blocked them', [BLOCKED], false],
    ['they texted START', [BLOCKED, { ...FORGOTTEN, actor: 'person' }], false],
    ['a job found that of another block', [{ ...BLOCKED, scope: 'sender:28777' }, FORGOTTEN], false],
    ['the carrier blocked them once more after it', [BLOCKED, FORGOTTEN, BLOCKED], false],
  ];
  for (const [what, since, done] of rows) {
    it(`${done ? 'can be' : 'cannot be'} overturned where ${what}`, () => {
      const past = history();
      for (const text of ['JOIN', 'YES', 'take me off this list']) past.says(text);
      const out = past.chain.at(-1) as OverturnEntry;
      const of = { ...out, program: null, topics: [], answers: null };
      for (const act of since) past.chain.push({ ...of, ...act, seq: past.chain.length + 1 });
      const outcome = past.overturn(out.seq);
      expect('not' in outcome ? outcome.not : null).to.equal(done ? null : 'later-act');
    });
  }
});
