import { expect } from 'chai';
import { reconcile } from '../../scripts/crash/race/counts/reconcile.ts';
import { blockedIn } from '../../scripts/crash/race/evidence/collect.ts';
import type { LedgerLine } from '../../scripts/crash/race/evidence/ledger-lines.ts';
import { RACE_SENDERS } from '../../scripts/crash/race/programs.ts';
import { NUMBER, rejoined } from './race-evidence.ts';

const AT = new Date(75);

const line = (fields: Partial<LedgerLine>): LedgerLine =>
  ({
    ...{ kind: 'create', outcome: 'answered', httpStatus: 400, errorCode: 21610, at: AT },
    ...{ from: RACE_SENDERS.deals.number, to: NUMBER },
    ...fields,
  }) as LedgerLine;

const BLOCKED = [{ number: NUMBER, code: 21610, wall: 75 }];

const LINES: [title: string, fields: Partial<LedgerLine>, found: typeof BLOCKED][] = [
  ['a call that was refused for a STOP', {}, BLOCKED],
  ['a receipt of it that the gateway took', { kind: 'status', httpStatus: 204 }, BLOCKED],
  ['a receipt that the gateway did not take', { kind: 'status', httpStatus: 503 }, []],
  ['a receipt that was lost', { kind: 'status', httpStatus: null, outcome: 'lost' }, []],
  ['a refusal that nobody heard', { outcome: 'client gone' }, []],
  ['a refusal for another reason', { errorCode: 21211 }, []],
  [
    'a network that blocks for a reason of its own',
    { kind: 'status', httpStatus: 204, errorCode: 30004 },
    [],
  ],
];

describe('reports of the carrier about people who stopped', () => {
  for (const [title, fields, found] of LINES) {
    it(`${found.length === 0 ? 'do not include' : 'include'} ${title}`, () => {
      expect(blockedIn([line(fields)], Object.values(RACE_SENDERS))).to.deep.equal(found);
    });
  }

  it('include the block of a toll-free network', () => {
    const senders = [{ ...RACE_SENDERS.deals, handling: 'network' as const }];
    const told = line({ kind: 'status', httpStatus: 204, errorCode: 30004 });
    expect(blockedIn([told], senders)).to.deep.equal([{ ...BLOCKED[0], code: 30004 }]);
  });

  it('require only the end of what was not agreed to since', () => {
    const evidence = rejoined();
    evidence.blocked.push({ number: NUMBER, code: 21610, wall: 135 });
    const [person] = evidence.people;
    person?.subscriptions.push({ program: 'stylist', subscribed: false, topics: [], seq: 4 });
    for (const [standing, found] of [
      [[{ scope: 'program:stylist' as const, programs: ['stylist'] }], 0],
      [[], 1],
    ] as const) {
      Object.assign(person as object, { standing });
      expect(reconcile(evidence).found.blockedKept).to.have.length(found);
    }
  });
});
