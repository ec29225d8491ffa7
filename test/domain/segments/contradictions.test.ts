import { expect } from 'chai';
import { check, newCheckCache } from '../../../src/domain/segments/check.ts';
import { MOST_CLAUSES, type Tree } from '../../../src/domain/segments/tree.ts';
import { zipsNear } from '../../../src/domain/segments/zip-radius.ts';
import {
  adult,
  all,
  any,
  bought,
  female,
  is,
  KNOWN,
  near,
  none,
  notBought,
  segment,
  states,
} from './builders.ts';

describe('contradictions between clauses', () => {
  const refused: [what: string, tree: Tree, path: string, problem: RegExp][] = [
    [
      'did and did not',
      all(female, bought(), notBought()),
      '/of/2',
      /^Nobody can match both this and clause 2\.$/,
    ],
    ['did lately and did not for longer', all(bought(30), notBought(90)), '/of/1', /both this and clause 1/],
    [
      'did often and did not ever',
      all(notBought(), { kind: 'did', event: 'purchase', times: 3, sum: 9, days: 9 }),
      '/of/1',
      /both/,
    ],
    ['did, in a nested all', all(all(female, bought(30)), notBought()), '/of/1', /both this and clause 1/],
    ['did, in a none', all(none(adult, bought()), bought()), '/of/1', /both this and clause 1/],
    ['did or did not, in one none', none(bought(), notBought()), '/of/1', /both this and clause 1/],
    ['did not, turned round', all(none(notBought(30)), notBought(30)), '/of/1', /both/],
    ['a clause and the same in a none', all(female, none(adult, female)), '/of/1', /both this and clause 1/],
    ['a clause and the same in a none of an any', all(female, none(any(adult, female))), '/of/1', /both/],
    [
      'a named segment and its contrary',
      all(segment('women'), { kind: 'gender', oneOf: ['male'] }),
      '/of/1',
      /both/,
    ],
    ['a person of two genders', all(female, { kind: 'gender', oneOf: ['male', 'other'] }), '/of/1', /both/],
    [
      'a life in two states',
      all(states('CA', 'NV'), female, states('TX')),
      '/of/2',
      /both this and clause 1/,
    ],
    ['a state within those left out', all(states('CA'), none(states('CA', 'NV'))), '/of/1', /both/],
    ['two ages', all({ kind: 'age', to: 20 }, { kind: 'age', from: 21 }), '/of/1', /both/],
    [
      'an age within one left out',
      all({ kind: 'age', from: 30, to: 40 }, none({ kind: 'age', to: 50 })),
      '/of/1',
      /both/,
    ],
    ['a field of two values', all(is('diet', 'vegan'), is('diet', 'keto')), '/of/1', /both/],
    [
      'two area codes',
      all({ kind: 'area-code', oneOf: ['213'] }, { kind: 'area-code', oneOf: ['310'] }),
      '/of/1',
      /both/,
    ],
    [
      'two levels of engagement',
      all({ kind: 'engagement', oneOf: ['active', 'champion'] }, { kind: 'engagement', oneOf: ['dormant'] }),
      '/of/1',
      /both/,
    ],
    ['a ZIP outside of a circle', all({ kind: 'zip', oneOf: ['10001'] }, near('90210', 50)), '/of/1', /both/],
    ['a small circle but not the large one', all(near('90210', 5), none(near('90210', 50))), '/of/1', /both/],
    [
      'a message received and none sent',
      all({ kind: 'sent', campaign: 'spring', delivered: true, days: 9 }, none({ kind: 'sent' })),
      '/of/1',
      /both/,
    ],
    [
      'a message clicked and none sent',
      all({ kind: 'sent', campaign: 'spring', clicked: true }, none({ kind: 'sent', campaign: 'spring' })),
      '/of/1',
      /both/,
    ],
    [
      'sent a run and not its recurrence',
      all({ kind: 'sent', campaign: 'weekly.2603010900' }, none({ kind: 'sent', campaign: 'weekly' })),
      '/of/1',
      /both/,
    ],
    [
      'texted this week and not ever',
      all({ kind: 'replied', days: 7 }, none({ kind: 'replied' })),
      '/of/1',
      /both/,
    ],
    [
      'ignored five but not two',
      all({ kind: 'ignored', last: 5 }, none({ kind: 'ignored', last: 2 })),
      '/of/1',
      /both/,
    ],
    ['yes and no', all(is('member', true), is('member', false)), '/of/1', /both/],
    [
      'none of everyone',
      all(female, none({ kind: 'everyone' })),
      '/of/1/of/0',
      /^Nobody can match, because this leaves everyone out\.$/,
    ],
  ];
  for (const [what, tree, path, problem] of refused) {
    it(`are refused with their place: ${what}`, () => {
      const checked = check(tree, KNOWN);
      expect(checked.ok).to.equal(false);
      if (checked.ok) return;
      expect(checked.faults.map((fault) => fault.path)).to.deep.equal([path]);
      expect(checked.faults[0]?.problem).to.match(problem);
    });
  }

  const taken: [what: string, tree: Tree][] = [
    ['did, and not lately: win back', all(bought(365), notBought(90))],
    ['did one thing and not another', all(bought(), { kind: 'did-not', event: 'click' })],
    ['did, or did not', any(bought(), notBought())],
    [
      'a sum within the year, not within the month',
      all(
        { kind: 'did', event: 'purchase', sum: 5, days: 365 },
        none({ kind: 'did', event: 'purchase', sum: 5, days: 30 }),
      ),
    ],
    ['some states but not one of them', all(states('CA', 'NV'), none(states('NV')))],
    ['two circles that touch', all(near('90210', 20), near('90001', 20))],
    [
      'a message sent and none clicked',
      all({ kind: 'sent', campaign: 'spring' }, none({ kind: 'sent', campaign: 'spring', clicked: true })),
    ],
    [
      'sent one campaign and not another',
      all({ kind: 'sent', campaign: 'spring' }, none({ kind: 'sent', days: 9 })),
    ],
    [
      'sent a recurrence and not one of its runs',
      all(
        { kind: 'sent', campaign: 'weekly' },
        none({ kind: 'sent', campaign: 'weekly.2603010900' }, { kind: 'sent', campaign: 'weekly-2' }),
      ),
    ],
    ['ignored two but not five', all({ kind: 'ignored', last: 2 }, none({ kind: 'ignored', last: 5 }))],
    ['two interests', all({ kind: 'interest', oneOf: ['a'] }, { kind: 'interest', oneOf: ['b'] })],
    ['two lists', all({ kind: 'list', oneOf: ['a'] }, { kind: 'list', oneOf: ['b'] })],
    [
      'two programs',
      all(
        { kind: 'subscription', state: 'subscribed', program: 'deals' },
        { kind: 'subscription', state: 'unsubscribed', program: 'orders' },
      ),
    ],
    [
      'a stage, but not for long',
      all({ kind: 'stage', oneOf: ['lead'] }, none({ kind: 'stage', oneOf: ['lead'], olderThanDays: 30 })),
    ],
    ['ages that touch', all({ kind: 'age', to: 21 }, adult)],
    [
      'consent of some age',
      { kind: 'subscription', state: 'subscribed', olderThanDays: 30, newerThanDays: 90 },
    ],
    ['one segment twice', any(segment('women'), all(segment('women'), adult))],
  ];
  for (const [what, tree] of taken) {
    it(`are not seen in ${what}`, () => {
      expect(check(tree, KNOWN).ok).to.equal(true);
    });
  }

  const circles = (most: number, miles: (at: number) => number): Tree[] =>
    Array.from({ length: most }, (_, at) => near('93650', miles(at)));
  const walksOf = (tree: Tree): number => {
    let walks = 0;
    const counting: typeof zipsNear = (zip, miles) => {
      walks += 1;
      return zipsNear(zip, miles);
    };
    expect(check(tree, KNOWN, newCheckCache(counting)).ok).to.equal(true);
    return walks;
  };
  it('compute each circle of ZIP codes once, however often it is compared', () => {
    const most = MOST_CLAUSES - 1;
    expect(walksOf(all(...circles(most, () => 1)))).to.equal(1);
    expect(walksOf(all(...circles(most, (at) => 1 + at / 100)))).to.equal(most);
    expect(walksOf(all(all(all(...circles(9, () => 1)), ...circles(9, () => 2)), none(adult)))).to.equal(2);
  });

  it('compare at most 50,000 pairs, but every pair of a tree without named segments', () => {
    const ages = (most: number): Tree[] =>
      Array.from({ length: most }, (_, at) => ({ kind: 'age', from: 1 + (at % 20) }));
    const young: Tree = { kind: 'age', to: 0 };
    expect(check(all(...ages(MOST_CLAUSES - 2), young), KNOWN).ok).to.equal(false);
    expect(check(all(...ages(900), young), KNOWN).ok).to.equal(true);
  });
});
