import fc from 'fast-check';
import { isStanding } from '../../../src/domain/consent/suppression.ts';
import { carrierEffect, type WordClass } from '../../../src/domain/opt-out-handling.ts';
import { findSender } from '../../../src/domain/program.ts';
import { carrierKeyword } from '../../../src/domain/words/carrier-keywords.ts';
import {
  BOOK,
  type Carrier,
  CELLAR_NUMBER,
  CLUB_NUMBER,
  type Conversation,
  DAY,
  HOUR,
  SECOND,
  SHOP,
  STYLIST,
} from './conversation.ts';

/** One thing that happens between a person and us. */
export type Step =
  | { do: 'text'; body: string; number: string; ageMs: number; ordinary: boolean }
  | { do: 'door'; program: string }
  | { do: 'leave'; scope: 'all' | 'orders' | 'club' }
  | { do: 'wait'; ms: number }
  | { do: 'sweep' }
  | { do: 'hand-over' };

/** Most talk is with the two numbers that have the most to choose. */
const NUMBERS = [SHOP, SHOP, SHOP, CLUB_NUMBER, CLUB_NUMBER, STYLIST, CELLAR_NUMBER];
const OPT_INS = ['JOIN', 'JOIN', 'ORDERS', 'STYLE', 'CLUB', 'CLUB', 'CELLAR', 'UNIRME', 'START', 'unstop'];
const ANSWERS = ['YES', 'YES', 'Yes please', 'yes!', 'oui', 'sí', 'agree', 'NO', '1990-05-23', '2015-05-23'];
const CODES = [
  '1',
  '2',
  '3',
  '4',
  '1 3',
  '2 5',
  'NEWS',
  'PICKUP',
  'ON 4',
  'OFF 1',
  'STOP DEALS',
  'STOP 2 and 3',
];
const OPT_OUTS = ['STOP', 'stop', 'Arrêt', 'take me off this list', 'STOP ORDERS', 'STOP CLUB', 'end', '🛑'];
const COMMANDS = ['HELP', 'MENU', 'WHY', 'PAUSE 3', 'RESUME', 'PREFS', '', 'info'];
const ORDINARY = [
  'yes i saw that, but is it blue?',
  'sure, sounds good',
  'please join me for lunch at 1',
  'start the car',
  'i agree with you on that one',
  'my order 3 is late',
  'want deals? ha',
  'ok ok',
];

const text = (weight: number, bodies: readonly string[], ordinary = false) => ({
  weight,
  arbitrary: fc.record({
    do: fc.constant('text' as const),
    body: fc.constantFrom(...bodies),
    number: fc.constantFrom(...NUMBERS),
    // Some texts are worked on long after they reached us.
    ageMs: fc.oneof(
      { weight: 9, arbitrary: fc.constant(0) },
      { weight: 1, arbitrary: fc.constantFrom(1, 5 * SECOND, DAY) },
    ),
    ordinary: fc.constant(ordinary),
  }),
});

const step: fc.Arbitrary<Step> = fc.oneof(
  text(10, OPT_INS),
  text(14, ANSWERS),
  text(10, CODES),
  text(4, OPT_OUTS),
  text(3, COMMANDS),
  text(2, ORDINARY, true),
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('door' as const),
      program: fc.constantFrom('deals', 'orders', 'stylist', 'club', 'cellar'),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('leave' as const),
      scope: fc.constantFrom('all', 'orders', 'club'),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('wait' as const),
      ms: fc.constantFrom(SECOND, 11 * SECOND, HOUR, 25 * HOUR, 73 * HOUR, 8 * DAY, 31 * DAY),
    }),
  },
  { weight: 3, arbitrary: fc.constantFrom<Step>({ do: 'sweep' }, { do: 'hand-over' }) },
);

const said = (body: string, number: string): Step => ({
  do: 'text',
  body,
  number,
  ageMs: 0,
  ordinary: false,
});

/** Joins as people mostly do, so that the rare steps between find someone who is in. */
const joining = fc
  .constantFrom(
    ['JOIN', SHOP],
    ['ORDERS', SHOP],
    ['CLUB', CLUB_NUMBER],
    ['STYLE', STYLIST],
    ['CELLAR', CELLAR_NUMBER],
  )
  .map(([keyword = '', number = '']) => [
    said(keyword, number),
    said('YES', number),
    ...(number === CELLAR_NUMBER ? [said('1990-05-23', number)] : []),
  ]);

/** Alone, or after some time: questions then end, limits reset, and a second JOIN is no slip of the thumb. */
const alone = fc
  .tuple(fc.constantFrom(0, 0, 15 * SECOND, HOUR, 73 * HOUR), step)
  .map(([ms, step]): Step[] => (ms === 0 ? [step] : [{ do: 'wait', ms }, { do: 'sweep' }, step]));

/** Evenly drawn: the library's own leaning to the first of every list would have people say little but JOIN. */
export const anySteps: fc.Arbitrary<Step[]> = fc.noBias(
  fc
    .array(fc.oneof({ weight: 6, arbitrary: alone }, { weight: 1, arbitrary: joining }), {
      maxLength: 40,
      size: 'max',
    })
    .map((steps) => steps.flat()),
);

export function take(talk: Conversation, step: Step): void {
  if (step.do === 'text') {
    const at = new Date(talk.now.getTime() - step.ageMs);
    talk.text(step.body, step.number, { at, carrier: carrierOf(talk, step.body, step.number) });
  } else if (step.do === 'door') talk.door(step.program);
  else if (step.do === 'leave') {
    talk.leave(step.scope === 'all' ? {} : { kind: 'stop-some', programs: [step.scope], topics: [] });
  } else if (step.do === 'wait') talk.wait(step.ms);
  else if (step.do === 'sweep') talk.sweep();
  else talk.handOver();
}

/** What the carrier of that number does with the text, by its own table. */
function carrierOf(talk: Conversation, body: string, number: string): Carrier {
  const sender = findSender(BOOK, number);
  const known = sender === null ? null : carrierKeyword(body, sender.handling);
  const classes: Record<string, WordClass> = { stop: 'carrier-stop', start: 'start', help: 'help' };
  const word = known?.word === 'YES' ? 'yes' : (classes[known?.class ?? ''] ?? 'other');
  const blocked = talk.person.suppressions.some(
    (row) => row.kind === 'carrier' && row.scope === `sender:${number}` && isStanding(row, null),
  );
  return carrierEffect(sender, word, blocked);
}
