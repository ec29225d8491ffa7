import type { CarrierRule } from './simulator-client.ts';

/** What goes wrong at the carrier, as a press on the page sets it. */
export type Trouble = {
  kind: 'slow' | 'filtered' | 'lost' | 'quiet';
  label: string;
  hint: string;
  rules: readonly CarrierRule[];
};

const SLOW_MS = 1200;

export const TROUBLES: readonly Trouble[] = [
  {
    kind: 'slow',
    label: 'Carrier slow',
    hint: 'Each call takes 1.2 seconds, and each report comes three seconds late.',
    rules: [
      { match: {}, on: 'create', effect: { kind: 'delay', ms: SLOW_MS } },
      { match: {}, on: 'status', effect: { kind: 'delay', ms: 3000 } },
    ],
  },
  {
    kind: 'filtered',
    label: '1 in 10 filtered (30007)',
    hint: 'A campaign of which too many are filtered pauses itself.',
    rules: [{ match: { share: 0.1 }, on: 'create', effect: { kind: 'errorCallback', code: 30007 } }],
  },
  {
    kind: 'lost',
    label: 'Reports get lost',
    hint: 'Half of the delivery reports never come. What is not known is shown as not known.',
    rules: [{ match: { share: 0.5 }, on: 'status', effect: { kind: 'lose' } }],
  },
  { kind: 'quiet', label: 'All quiet', hint: 'The carrier works as it should.', rules: [] },
];

export const QUIET = TROUBLES.find(({ kind }) => kind === 'quiet') as Trouble;
