import { expect } from 'chai';
import {
  clearNumber,
  type Finding,
  restoreNumber,
  suppressNumber,
} from '../../../src/domain/consent/consent-end.ts';
import type { ConsentState } from '../../../src/domain/consent/consent-state.ts';
import type { BarrierRule, ReturnRule } from '../../../src/domain/consent/ledger-reasons.ts';
import type { Scope, Suppression } from '../../../src/domain/consent/suppression.ts';
import { ago, HOUR, MINUTE, NOW, row, under } from '../sending/requests.ts';

const RULE = { name: 'failures', times: 3, withinDays: 30 } as const;
const SHOP: Scope = 'sender:28555';
const CLUB: Scope = 'sender:28556';

const found = (scope: Scope, more: Partial<Suppression> = {}): Suppression =>
  row('hygiene', scope, { origin: { by: 'job', rule: RULE }, ...more });
const LIFTED = { lifts: { '*': 1 } };

/** Scopes for which a number is found to take no texts; an opt-out stands beside each, to see that it is left alone. */
const scopesOf = (person: ConsentState | undefined): string[] | undefined =>
  person?.suppressions
    .filter(({ kind, generation, lifts }) => kind === 'hygiene' && (lifts['*'] ?? 0) < generation)
    .map(({ scope }) => scope)
    .toSorted();

const optOut = row('opt-out', 'all');
const beside = (...rows: Suppression[]): ConsentState => under(optOut, ...rows);

describe('suppression of a number that takes no texts', () => {
  const find = (person: ConsentState, more: Partial<Finding<BarrierRule>> = {}) =>
    suppressNumber(person, { rule: RULE, at: NOW, ...more });
  const CASES: [string, ConsentState, Partial<Finding<BarrierRule>>, string[] | undefined][] = [
    ['of nobody', beside(), {}, ['all']],
    ['from one sender', beside(), { scope: SHOP }, [SHOP]],
    ['from one, of another', beside(found(CLUB)), { scope: SHOP }, [SHOP, CLUB]],
    ['from one, of that one', beside(found(SHOP)), { scope: SHOP }, undefined],
    ['from one, of all', beside(found('all')), { scope: SHOP }, undefined],
    ['from all, of one', beside(found(SHOP)), {}, ['all', SHOP]],
    ['after a proof from before', beside(found('all', LIFTED)), {}, ['all']],
    ['after a proof from then', beside(found('all', { ...LIFTED, since: NOW })), {}, undefined],
    [
      'after a proof of another scope',
      beside(found(CLUB, { ...LIFTED, since: NOW })),
      { scope: SHOP },
      [SHOP],
    ],
    [
      'after a clearing, which proves nothing',
      beside(found('all', { ...LIFTED, since: NOW, witnesses: [] })),
      {},
      ['all'],
    ],
    [
      'after a proof of what rests on failures',
      beside(found('all', { ...LIFTED, since: NOW, witnesses: ['d1'] })),
      {},
      undefined,
    ],
  ];
  for (const [what, before, more, scopes] of CASES) {
    it(`covers ${scopes?.join(' and ') ?? 'nothing new'} when found ${what}`, () => {
      const change = find(before, more);
      expect(scopesOf(change?.person)).to.deep.equal(scopes);
      if (change !== null) expect(change.person.suppressions).to.deep.include(optOut);
    });
  }

  it('is in the ledger with scope and rule, and keeps the failed messages where they are given', () => {
    const change = find(beside(), { scope: SHOP, witnesses: ['d1', 'd2'] });
    expect(change?.events).to.have.length(1);
    expect(change?.events[0]).to.include({
      kind: 'number-suppressed',
      scope: SHOP,
      reason: 'messages failed on 3 days of 30',
    });
    const told = (more: Partial<Finding<BarrierRule>>) => find(beside(), more)?.person.suppressions.at(-1);
    expect(told({ witnesses: ['d1', 'd2'] })).to.have.deep.property('witnesses', ['d1', 'd2']);
    expect(told({})).not.to.have.property('witnesses');
  });
});

const DELIVERED = 'a message to it was delivered';

describe('restoration of a number that takes texts', () => {
  const all = beside(found('all'), found(SHOP), found(CLUB));
  const CASES: [string, ConsentState, Partial<Finding<ReturnRule>>, string[] | undefined][] = [
    ['by a text of theirs: for all', all, {}, []],
    ['by one sender: for it and for all', all, { scope: SHOP }, [CLUB]],
    ['by a sender of which nothing was found', beside(found(CLUB)), { scope: SHOP }, undefined],
    ['where nothing stands', beside(found('all', LIFTED)), {}, undefined],
    ['by what came before it was found', all, { at: ago(2 * HOUR) }, undefined],
    ['by what came in that very moment', all, { at: ago(HOUR) }, undefined],
  ];
  for (const [what, before, more, left] of CASES) {
    it(`${left === undefined ? 'changes nothing' : `leaves ${left.length} scopes`} ${what}`, () => {
      const change = restoreNumber(before, { rule: { name: 'delivered' }, at: NOW, ...more });
      expect(scopesOf(change?.person)).to.deep.equal(left);
      if (change !== null) expect(change.person.suppressions).to.deep.include(optOut);
    });
  }

  it('has a ledger entry for each scope', () => {
    const events = restoreNumber(all, { rule: { name: 'delivered' }, at: NOW, scope: SHOP })?.events ?? [];
    expect(events.map(({ kind, scope, reason }) => [kind, scope, reason])).to.deep.equal([
      ['number-restored', 'all', DELIVERED],
      ['number-restored', SHOP, DELIVERED],
    ]);
  });
});

describe('suppression that turns out to rest on nothing', () => {
  const by = { witnesses: ['d1'] };
  const before = beside(
    ...[found('all', by), found(SHOP, by), found(CLUB, { ...by, generation: 2 })],
    row('carrier', SHOP, by),
  );
  const clear = (more: Partial<Finding<ReturnRule>> & { generation: number }) =>
    clearNumber(before, { rule: { name: 'evidence-gone' }, at: ago(MINUTE), ...more });

  it('is lifted for its scope alone and forgets its messages', () => {
    const person = clear({ scope: SHOP, generation: 1 })?.person;
    expect(scopesOf(person)).to.deep.equal(['all', CLUB]);
    const left = person?.suppressions.map(({ scope, kind, witnesses }) => [scope, kind, witnesses?.length]);
    expect(left).to.deep.equal([
      ['all', 'opt-out', undefined],
      ['all', 'hygiene', 1],
      [SHOP, 'hygiene', 0],
      [CLUB, 'hygiene', 1],
      [SHOP, 'carrier', 1],
    ]);
    expect(scopesOf(clear({ generation: 1 })?.person)).to.deep.equal([SHOP, CLUB]);
  });

  it('stays when it was found again since', () => {
    expect(clear({ scope: CLUB, generation: 1 })).to.equal(null);
    expect(scopesOf(clear({ scope: CLUB, generation: 2 })?.person)).to.deep.equal(['all', SHOP]);
  });
});
