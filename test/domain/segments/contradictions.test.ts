import { expect } from 'chai';
import { check } from '../../../src/domain/segments/check.ts';
import type { Knowable } from '../../../src/domain/segments/clauses.ts';
import type { Tree } from '../../../src/domain/segments/tree.ts';
import {
  adult,
  all,
  any,
  bought,
  countries,
  dietBegins,
  female,
  is,
  KNOWN,
  near,
  none,
  notBought,
  points,
  renewal,
  segment,
  states,
  zipAreas,
  zips,
} from './builders.ts';

const known = (what: Knowable): Tree => ({ kind: 'known', what });
const knownField = (name: string): Tree => ({ kind: 'field', name, test: { kind: 'known' } });
const within = (days: number): Tree => ({
  kind: 'field',
  name: 'renewal',
  test: { kind: 'within', days, direction: 'coming' },
});
const added = (span: object): Tree => ({ kind: 'added', ...span });
const lead = (span: object): Tree => ({ kind: 'stage', oneOf: ['lead'], ...span });
const subscribed = { kind: 'subscription' as const, state: 'subscribed' as const };
const deals = (more: object = {}): Tree => ({ ...subscribed, program: 'deals', ...more });

describe('clauses of which nobody can match both', () => {
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
    ['numbers that do not meet', all(points(1, 2), points(5, 6)), '/of/1', /both/],
    ['a number outside of its range', all(is('points', 3), points(5, 6)), '/of/1', /both/],
    ['numbers within those left out', all(points(2, 3), none(points(1, 4))), '/of/1', /both/],
    [
      'before a day and after a later one',
      all(renewal('before', '2020-01-01'), renewal('after', '2021-01-01')),
      '/of/1',
      /both/,
    ],
    [
      'no day between two',
      all(renewal('before', '2020-01-02'), renewal('after', '2020-01-01')),
      '/of/1',
      /both/,
    ],
    ['a text that begins otherwise', all(is('diet', 'abc'), dietBegins('z')), '/of/1', /both/],
    ['two beginnings', all(dietBegins('ve'), dietBegins('ke')), '/of/1', /both/],
    [
      'a text within a beginning left out',
      all(is('diet', 'vegan'), none(dietBegins('veg'))),
      '/of/1',
      /both/,
    ],
    ['any text, and the field not known', all(dietBegins('veg'), none(knownField('diet'))), '/of/1', /both/],
    [
      'added long ago and lately',
      all(added({ olderThanDays: 30 }), added({ newerThanDays: 10 })),
      '/of/1',
      /both/,
    ],
    [
      'added on both sides of one moment',
      all(added({ olderThanDays: 30 }), added({ newerThanDays: 30 })),
      '/of/1',
      /both/,
    ],
    [
      'added lately, not this year',
      all(added({ newerThanDays: 10 }), none(added({ newerThanDays: 365 }))),
      '/of/1',
      /both/,
    ],
    [
      'in one stage long ago and lately',
      all(lead({ olderThanDays: 30 }), lead({ newerThanDays: 10 })),
      '/of/1',
      /both/,
    ],
    [
      'in a stage for longer than one left out',
      all(lead({ olderThanDays: 90 }), none(lead({ olderThanDays: 30 }))),
      '/of/1',
      /both/,
    ],
    [
      'in a stage, and it is not known',
      all(lead({ newerThanDays: 9 }), none(known('stage'))),
      '/of/1',
      /both/,
    ],
    ['a ZIP of another area', all(zips('10001'), zipAreas('9')), '/of/1', /both/],
    ['this week, and not this month', all(within(7), none(within(30))), '/of/1', /both/],
    ['two ZIP areas', all(zipAreas('902', '1'), zipAreas('904', '2')), '/of/1', /both/],
    ['a circle and another area', all(near('90210', 5), zipAreas('1')), '/of/1', /both/],
    ['a ZIP area within one left out', all(zipAreas('902'), none(zipAreas('9'))), '/of/1', /both/],
    ['a state of another country', all(countries('CA'), states('TX', 'NV')), '/of/1', /both/],
    ['a country that has no states here', all(states('TX'), countries('MX')), '/of/1', /both/],
    ['a ZIP of another country', all(zips('10001'), countries('CA')), '/of/1', /both/],
    ['a ZIP area of another country', all(countries('US'), zipAreas('K1')), '/of/1', /both/],
    ['a gender that is not known', all(female, none(known('gender'))), '/of/1', /both/],
    ['an age of no birth date', all(adult, none(known('birth-date'))), '/of/1', /both/],
    ['a circle around no ZIP', all(near('90210', 5), none(known('zip'))), '/of/1', /both/],
    ['one program, two states', all(deals(), deals({ state: 'unsubscribed' })), '/of/1', /both/],
    [
      'one consent by two channels',
      all(deals({ channels: ['WEB_FORM'] }), deals({ channels: ['VIA_TEXT'] })),
      '/of/1',
      /both/,
    ],
    [
      'one consent of two ages',
      all(deals({ olderThanDays: 90 }), deals({ newerThanDays: 30 })),
      '/of/1',
      /both/,
    ],
    ['a topic of a program left out', all(deals({ topics: ['sales'] }), none(deals())), '/of/1', /both/],
    ['a program of any left out', all(deals({ newerThanDays: 9 }), none(subscribed)), '/of/1', /both/],
    [
      'ignored three and was sent none',
      all(none({ kind: 'sent' }), { kind: 'ignored', last: 3 }),
      '/of/1',
      /both/,
    ],
    [
      'none of everyone',
      all(female, none({ kind: 'everyone' })),
      '/of/1/of/0',
      /^Nobody can match: this leaves everyone out\.$/,
    ],
  ];
  for (const [what, tree, path, problem] of refused) {
    it(`refuses ${what}, and says where`, () => {
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
    ['a day of this week, before another', all(within(7), none(within(1)), renewal('before', '2026-03-26'))],
    ['numbers that touch', all(points(1, 5), points(5, 6))],
    ['numbers of which some are left out', all(points(1, 5), none(points(2, 3)))],
    ['a day between two', all(renewal('before', '2020-01-03'), renewal('after', '2020-01-01'))],
    ['a beginning of a beginning', all(dietBegins('veg'), dietBegins('v'), is('diet', 'vegan'))],
    ['a field that is known, of another value', all(knownField('diet'), none(is('diet', 'keto')))],
    ['added between', all(added({ olderThanDays: 30 }), added({ newerThanDays: 31 }))],
    [
      'a ZIP of its area',
      all(zips('90210', '10001'), zipAreas('902', '3'), near('90210', 5), countries('US')),
    ],
    ['a state of one of two countries', all(countries('MX', 'US'), states('TX'))],
    ['a state of no country that is known', all(states('TX'), none(known('country')))],
    ['one program of any state, or of two', all(subscribed, deals({ state: 'unsubscribed' }))],
    ['a program, but not this topic', all(deals(), none(deals({ topics: ['sales'] })))],
    [
      'a topic, but not by this channel',
      all(deals({ topics: ['sales'] }), none(deals({ channels: ['WEB_FORM'] }))),
    ],
    ['a program, but not for marketing', all(deals(), none(deals({ purposes: ['marketing'] })))],
    ['sent lately and ignored none', all({ kind: 'sent' }, none({ kind: 'ignored', last: 1 }))],
    ['ignored three, of long ago', all({ kind: 'ignored', last: 3 }, none({ kind: 'sent', days: 90 }))],
    ['ages that touch', all({ kind: 'age', to: 21 }, adult)],
    [
      'consent of some age',
      { kind: 'subscription', state: 'subscribed', olderThanDays: 30, newerThanDays: 90 },
    ],
    ['one segment twice', any(segment('women'), all(segment('women'), adult))],
  ];
  for (const [what, tree] of taken) {
    it(`takes ${what}`, () => {
      expect(check(tree, KNOWN).ok).to.equal(true);
    });
  }
});
