import { expect } from 'chai';
import fc from 'fast-check';
import { sentenceOf } from '../../../src/domain/segments/describe.ts';
import type { Leaf, Tree } from '../../../src/domain/segments/tree.ts';
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

const field = (name: string, test: (Leaf & { kind: 'field' })['test']): Leaf => ({
  kind: 'field',
  name,
  test,
});
const everyone: Leaf = { kind: 'everyone' };

describe('segment as one sentence', () => {
  const cases: [tree: Tree, words: string][] = [
    [everyone, 'Everyone.'],
    [all(everyone, female), 'Everyone who is female.'],
    [any(everyone, female), 'Everyone.'],
    [
      all(states('CA', 'NV'), { kind: 'age', from: 21, to: 35 }, notBought(90)),
      'Everyone who lives in CA or NV, is 21 to 35, and did not buy in the last 90 days.',
    ],
    [all(female, bought()), 'Everyone who is female and bought.'],
    [none(female), 'Everyone who is not known to be female.'],
    [none(female, states('TX')), 'Everyone who is not known to be female and is not known to live in TX.'],
    [none(none(female)), 'Everyone who is female.'],
    [none(all(female, bought())), 'Everyone who is not known to be female or did not buy.'],
    [
      all(adult, any(female, bought(1))),
      'Everyone who is 21 or older and (is female or bought in the last day).',
    ],
    [any(all(adult, female), bought()), 'Everyone who (is 21 or older and is female) or bought.'],
    [all(all(adult, female), bought()), 'Everyone who is 21 or older, is female, and bought.'],
    [{ kind: 'age', to: 35 }, 'Everyone who is 35 or younger.'],
    [{ kind: 'age', from: 30, to: 30 }, 'Everyone who is 30.'],
    [{ kind: 'language', oneOf: ['en', 'es'] }, 'Everyone who reads English or Spanish.'],
    [none({ kind: 'language', oneOf: ['fr'] }), 'Everyone who is not known to read French.'],
    [{ kind: 'country', oneOf: ['US', 'CA'] }, 'Everyone who lives in the United States or Canada.'],
    [{ kind: 'city', oneOf: ['Reno'] }, 'Everyone who lives in Reno.'],
    [{ kind: 'zip', oneOf: ['90210'] }, 'Everyone who has the ZIP 90210.'],
    [{ kind: 'zip-area', oneOf: ['902', '10'] }, 'Everyone who has a ZIP that begins with 902 or 10.'],
    [{ kind: 'zone', oneOf: ['America/Chicago'] }, 'Everyone who lives in the time zone America/Chicago.'],
    [near('90210', 25), 'Everyone who lives within 25 miles of 90210.'],
    [none(near('90210', 1)), 'Everyone who is not known to live within one mile of 90210.'],
    [{ kind: 'area-code', oneOf: ['213', '310'] }, 'Everyone who has the area code 213 or 310.'],
    [none({ kind: 'weak-zone' }), 'Everyone who is in a time zone that is sure.'],
    [
      { kind: 'engagement', oneOf: ['at-risk', 'dormant'] },
      'Everyone who is at risk or dormant by engagement.',
    ],
    [{ kind: 'sent' }, 'Everyone who was sent any campaign.'],
    [
      { kind: 'sent', campaign: 'spring', clicked: true, days: 7 },
      'Everyone who has a clicked message of the campaign “Spring sale” sent in the last 7 days.',
    ],
    [{ kind: 'sent', clicked: false }, 'Everyone who has an unclicked message of any campaign.'],
    [
      none({ kind: 'sent', campaign: 'spring', delivered: true, clicked: false }),
      'Everyone who has no received unclicked message of the campaign “Spring sale”.',
    ],
    [none({ kind: 'sent', days: 7 }), 'Everyone who was not sent any campaign in the last 7 days.'],
    [
      { kind: 'sent', campaign: 'spring', delivered: true },
      'Everyone who has received the campaign “Spring sale”.',
    ],
    [
      none({ kind: 'sent', campaign: 'gone', delivered: true }),
      'Everyone who is not known to have received the campaign “gone”.',
    ],
    [{ kind: 'replied', days: 30 }, 'Everyone who texted us in the last 30 days.'],
    [none({ kind: 'replied' }), 'Everyone who did not text us.'],
    [{ kind: 'ignored', last: 1 }, 'Everyone who ignored the last campaign message.'],
    [none({ kind: 'ignored', last: 5 }), 'Everyone who did not ignore the last 5 campaign messages.'],
    [{ kind: 'interest', oneOf: ['shoes'] }, 'Everyone who is interested in “shoes”.'],
    [none({ kind: 'list', oneOf: ['a', 'b', 'c'] }), 'Everyone who is not on the list “a”, “b” or “c”.'],
    [
      states('AA', 'BB', 'CC', 'DD', 'EE', 'FF', 'GG'),
      'Everyone who lives in AA, BB, CC, DD, EE or 2 others.',
    ],
    [{ kind: 'contact', oneOf: ['x'] }, 'Everyone who is the one person picked.'],
    [none({ kind: 'contact', oneOf: ['x', 'y'] }), 'Everyone who is not one of 2 people picked.'],
    [{ kind: 'known', what: 'birth-date' }, 'Everyone who has a known birth date.'],
    [none({ kind: 'known', what: 'zone' }), 'Everyone who has no known time zone.'],
    [{ kind: 'stage', oneOf: ['lead'] }, 'Everyone who is in the stage “lead”.'],
    [
      { kind: 'stage', oneOf: ['lead', 'customer'], olderThanDays: 30, newerThanDays: 90 },
      'Everyone who is in the stage “lead” or “customer” for more than 30 days and at most 90 days.',
    ],
    [{ kind: 'added', newerThanDays: 7 }, 'Everyone who was added in the last 7 days.'],
    [none({ kind: 'added', olderThanDays: 7 }), 'Everyone who was not added more than 7 days ago.'],
    [{ kind: 'added', newerThanDays: 1 }, 'Everyone who was added in the last day.'],
    [{ kind: 'added', olderThanDays: 1 }, 'Everyone who was added more than a day ago.'],
    [
      { kind: 'stage', oneOf: ['lead'], olderThanDays: 1 },
      'Everyone who is in the stage “lead” for more than a day.',
    ],
    [
      { kind: 'subscription', state: 'subscribed', olderThanDays: 1 },
      'Everyone who is subscribed to any program (consent given more than a day ago).',
    ],
    [
      { kind: 'subscription', state: 'subscribed', newerThanDays: 1 },
      'Everyone who is subscribed to any program (consent given in the last day).',
    ],
    [
      { kind: 'subscription', state: 'expired', program: 'deals' },
      'Everyone who had a question or consent end by itself for Deals.',
    ],
    [
      none({ kind: 'subscription', state: 'expired', program: 'deals' }),
      'Everyone who had no question or consent end by itself for Deals.',
    ],
    [segment('women'), 'Everyone who is in “Women”.'],
    [none(segment('women')), 'Everyone who is not in “Women”.'],
    [none(notBought(30)), 'Everyone who bought in the last 30 days.'],
    [
      { kind: 'did', event: 'click', times: 3, days: 30 },
      'Everyone who clicked a link at least 3 times in the last 30 days.',
    ],
    [
      { kind: 'did', event: 'purchase', sum: 49.5, days: 400 },
      'Everyone who bought for at least 49.5 in all in the last 400 days.',
    ],
    [none({ kind: 'did', event: 'tour', times: 2 }), 'Everyone who did not do “tour” at least 2 times.'],
    [{ kind: 'subscription', state: 'subscribed' }, 'Everyone who is subscribed to any program.'],
    [
      none({ kind: 'subscription', state: 'unsubscribed', program: 'deals' }),
      'Everyone who has not left Deals.',
    ],
    [
      {
        kind: 'subscription',
        state: 'subscribed',
        program: 'deals',
        topics: ['sales'],
        channels: ['WEB_FORM', 'VIA_TEXT'],
        purposes: ['marketing'],
        olderThanDays: 548,
      },
      'Everyone who is subscribed to Deals (topic sales, for marketing texts, consent on a web form or by text, consent given more than 548 days ago).',
    ],
    [is('diet', 'vegan'), 'Everyone who has “Diet” as “vegan”.'],
    [none(is('member', false)), 'Everyone who is not known to have “Member” as no.'],
    [is('points', 5), 'Everyone who has “Points” as 5.'],
    [field('diet', { kind: 'known' }), 'Everyone who has a “Diet”.'],
    [field('diet', { kind: 'one-of', values: ['a', 'b'] }), 'Everyone who has “Diet” as “a” or “b”.'],
    [field('diet', { kind: 'starts-with', value: 've' }), 'Everyone who has “Diet” beginning with “ve”.'],
    [field('points', { kind: 'between', low: 1, high: 9 }), 'Everyone who has “Points” from 1 to 9.'],
    [field('points', { kind: 'between', low: 1 }), 'Everyone who has “Points” of at least 1.'],
    [field('points', { kind: 'between', high: 9 }), 'Everyone who has “Points” of at most 9.'],
    [
      field('renewal', { kind: 'before', date: '2026-02-01' }),
      'Everyone who has “Renewal” before Feb 1, 2026.',
    ],
    [
      field('renewal', { kind: 'within', days: 1, direction: 'coming' }),
      'Everyone who has “Renewal” in the next day.',
    ],
    [
      field('renewal', { kind: 'within', days: 30, direction: 'coming' }),
      'Everyone who has “Renewal” in the next 30 days.',
    ],
  ];
  for (const [tree, words] of cases) {
    it(`${words}`, () => {
      expect(sentenceOf(tree, KNOWN)).to.equal(words);
    });
  }

  it('falls back to ids without names', () => {
    expect(sentenceOf(all(segment('women'), is('diet', 'vegan')))).to.equal(
      'Everyone who is in “women” and has “diet” as “vegan”.',
    );
  });

  const seed = Number(process.env.ASSENT_SEED ?? Date.now() % 1e9);
  it(`means what the tree means (ASSENT_SEED=${seed})`, () => {
    const letters = ['a', 'b', 'c', 'd'];
    const trees = fc.letrec<{ tree: Tree }>((tie) => ({
      tree: fc.oneof(
        { maxDepth: 4, depthSize: 'large' },
        fc.constantFrom(...letters).map((letter): Tree => ({ kind: 'interest', oneOf: [letter] })),
        fc.record({
          kind: fc.constantFrom('all' as const, 'any' as const, 'none' as const),
          of: fc.array(tie('tree'), { minLength: 1, maxLength: 3 }),
        }),
      ),
    })).tree;
    const worlds = fc.subarray(letters);
    fc.assert(
      fc.property(trees, worlds, (tree, world) => {
        expect(meant(sentenceOf(tree), world), sentenceOf(tree)).to.equal(holds(tree, world));
      }),
      { seed, numRuns: 1000 },
    );
  });
});

function holds(tree: Tree, world: readonly string[]): boolean {
  if (tree.kind === 'interest') return tree.oneOf.some((letter) => world.includes(letter));
  if (!('of' in tree)) throw new Error('no such clause here');
  const each = tree.of.map((child) => holds(child, world));
  if (tree.kind === 'all') return !each.includes(false);
  return tree.kind === 'any' ? each.includes(true) : !each.includes(true);
}

/** Reads the sentence back, innermost brackets first. Throws where one level joins by "and" and by "or". */
function meant(words: string, world: readonly string[]): boolean {
  let text = words
    .replace(/^Everyone who (.*)\.$/, '($1)')
    .replace(/is not known to be interested in “(\w)”/g, (_, letter) =>
      world.includes(letter) ? 'no' : 'yes',
    )
    .replace(/is interested in “(\w)”/g, (_, letter) => (world.includes(letter) ? 'yes' : 'no'));
  const commas = (inner: string): string => {
    const join = /\bor\b/.test(inner) ? 'or' : 'and';
    return inner.replace(new RegExp(`, ${join} `), ', ').replaceAll(', ', ` ${join} `);
  };
  while (text.includes('(')) {
    text = text.replace(/\(([^()]*)\)/, (_, inner: string) => {
      if (/\band\b/.test(inner) && /\bor\b/.test(inner)) throw new Error(`both words in: ${inner}`);
      const parts = commas(inner).split(/ (?:and|or) /);
      const [yes, no] = [parts.includes('yes'), parts.includes('no')];
      return (/\bor\b/.test(inner) ? yes : !no) ? 'yes' : 'no';
    });
  }
  return text === 'yes';
}
