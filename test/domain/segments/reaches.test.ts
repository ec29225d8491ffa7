import { expect } from 'chai';
import { check } from '../../../src/domain/segments/check.ts';
import type { Knowable } from '../../../src/domain/segments/clauses/person.ts';
import type { Tree } from '../../../src/domain/segments/tree.ts';
import {
  adult,
  all,
  countries,
  dietBegins,
  female,
  is,
  KNOWN,
  near,
  none,
  points,
  renewal,
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
describe('contradictions between values, spans and subscriptions', () => {
  const refused: [what: string, tree: Tree][] = [
    ['numbers that do not meet', all(points(1, 2), points(5, 6))],
    ['a number outside of its range', all(is('points', 3), points(5, 6))],
    ['numbers within those left out', all(points(2, 3), none(points(1, 4)))],
    [
      'before a day and after a later one',
      all(renewal('before', '2020-01-01'), renewal('after', '2021-01-01')),
    ],
    ['no day between two', all(renewal('before', '2020-01-02'), renewal('after', '2020-01-01'))],
    ['a text that begins otherwise', all(is('diet', 'abc'), dietBegins('z'))],
    ['two beginnings', all(dietBegins('ve'), dietBegins('ke'))],
    ['a text within a beginning left out', all(is('diet', 'vegan'), none(dietBegins('veg')))],
    ['any text, and the field not known', all(dietBegins('veg'), none(knownField('diet')))],
    ['added long ago and lately', all(added({ olderThanDays: 30 }), added({ newerThanDays: 10 }))],
    ['added on both sides of one moment', all(added({ olderThanDays: 30 }), added({ newerThanDays: 30 }))],
    ['added lately, not this year', all(added({ newerThanDays: 10 }), none(added({ newerThanDays: 365 })))],
    ['in one stage long ago and lately', all(lead({ olderThanDays: 30 }), lead({ newerThanDays: 10 }))],
    [
      'in a stage for longer than one left out',
      all(lead({ olderThanDays: 90 }), none(lead({ olderThanDays: 30 }))),
    ],
    ['in a stage, and it is not known', all(lead({ newerThanDays: 9 }), none(known('stage')))],
    ['a ZIP of another area', all(zips('10001'), zipAreas('9'))],
    ['this week, and not this month', all(within(7), none(within(30)))],
    ['two ZIP areas', all(zipAreas('902', '1'), zipAreas('904', '2'))],
    ['a circle and another area', all(near('90210', 5), zipAreas('1'))],
    ['a ZIP area within one left out', all(zipAreas('902'), none(zipAreas('9')))],
    ['a state of another country', all(countries('CA'), states('TX', 'NV'))],
    ['a country that has no states here', all(states('TX'), countries('MX'))],
    ['a ZIP of another country', all(zips('10001'), countries('CA'))],
    ['a ZIP area of another country', all(countries('US'), zipAreas('K1'))],
    ['a gender that is not known', all(female, none(known('gender')))],
    ['an age of no birth date', all(adult, none(known('birth-date')))],
    ['a circle around no ZIP', all(near('90210', 5), none(known('zip')))],
    ['one program, two states', all(deals(), deals({ state: 'unsubscribed' }))],
    [
      'one consent by two channels',
      all(deals({ channels: ['WEB_FORM'] }), deals({ channels: ['VIA_TEXT'] })),
    ],
    ['one consent of two ages', all(deals({ olderThanDays: 90 }), deals({ newerThanDays: 30 }))],
    ['a topic of a program left out', all(deals({ topics: ['sales'] }), none(deals()))],
    ['a program of any left out', all(deals({ newerThanDays: 9 }), none(subscribed))],
    ['ignored three and was sent none', all(none({ kind: 'sent' }), { kind: 'ignored', last: 3 })],
  ];
  for (const [what, tree] of refused) {
    it(`are refused: ${what}`, () => {
      expect(check(tree, KNOWN)).to.deep.equal({
        ok: false,
        faults: [{ path: '/of/1', problem: 'Nobody can match both this and clause 1.' }],
      });
    });
  }

  const taken: [what: string, tree: Tree][] = [
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
  ];
  for (const [what, tree] of taken) {
    it(`are not seen in ${what}`, () => {
      expect(check(tree, KNOWN).ok).to.equal(true);
    });
  }
});
