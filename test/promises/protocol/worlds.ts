import type { Flaw } from './flaws.ts';
import type { Budget, Contact, Process, Row, State, World } from './state.ts';

const row = (change: Partial<Row>): Row => ({
  class: 'marketing',
  contact: 0,
  to: 0,
  state: 'planned',
  epoch: 0,
  rev: 0,
  gen: 0,
  dispatched: false,
  sweepIn: 0,
  replans: 0,
  atCarrier: 0,
  landed: false,
  ...change,
});
const process = (role: Process['role'], change: Partial<Process> = {}): Process => ({
  role,
  of: 0,
  row: -1,
  step: 'start',
  timer: 0,
  epoch: 0,
  rev: 0,
  gen: 0,
  allowed: false,
  outcome: 'none',
  ...change,
});
const contact = (change: Partial<Contact>): Contact => ({
  number: 0,
  rev: 0,
  subscribed: true,
  prompt: false,
  under: 0,
  current: true,
  left: false,
  follows: -1,
  confirmed: true,
  ...change,
});

type Parts = {
  rows: Row[];
  processes: Process[];
  contacts?: Contact[];
  numbers?: number;
  budget?: Partial<Budget>;
  fixed?: Partial<Pick<World, 'lease' | 'epochs' | 'receipts'>>;
};

function worldOf(parts: Parts, flaws: readonly Flaw[]): World {
  const start: State = {
    rows: parts.rows,
    processes: parts.processes,
    contacts: parts.contacts ?? [contact({})],
    numbers: Array.from({ length: parts.numbers ?? 1 }, () => ({
      gen: 0,
      rev: 0,
      first: 0,
      lifted: 0,
      told: 0,
      undone: 0,
    })),
    budget: { crashes: 0, lost: 0, turnedAway: 0, failovers: 0, ...parts.budget },
    old: null,
    broken: '',
  };
  return { start, flaws: new Set(flaws), lease: 2, epochs: 2, receipts: false, ...parts.fixed };
}

const dispatcher = process('dispatcher', { of: -1 });
const stop = process('opt-out');
const answer = (kind: Row['class']): Row => row({ class: kind, state: 'absent' });

/** Small worlds, each around one part of the protocol, small enough to see every state. */
const SMALL = {
  'two dispatchers, two opt-outs, two rows, a put-back': {
    rows: [row({}), row({})],
    processes: [dispatcher, dispatcher, stop, stop],
    budget: { turnedAway: 1 },
    fixed: { lease: 1 },
  },
  'two dispatchers, two opt-outs, a row, a crash and a put-back': {
    rows: [row({})],
    processes: [dispatcher, dispatcher, stop, stop],
    budget: { crashes: 1, turnedAway: 1 },
    fixed: { epochs: 3 },
  },
  'three dispatchers, a row that may be planned again': {
    rows: [row({ replans: 1 })],
    processes: [dispatcher, dispatcher, dispatcher, stop],
    budget: { crashes: 1, lost: 1 },
    fixed: { epochs: 3, receipts: true },
  },
  'two opt-outs, a question before and one between, two YES': {
    rows: [answer('prompt')],
    processes: [stop, stop, process('text', { row: 0 }), process('yes'), process('yes')],
    contacts: [contact({ prompt: true })],
    fixed: { lease: 1, epochs: 1 },
  },
  'a text posted three times, receipts': {
    rows: [answer('reply')],
    processes: [
      process('text', { row: 0 }),
      process('repeat', { row: 0 }),
      process('repeat', { row: 0 }),
      stop,
    ],
    budget: { crashes: 1, lost: 1 },
    fixed: { epochs: 3, receipts: true },
  },
  'a question posted twice': {
    rows: [answer('prompt')],
    contacts: [contact({ subscribed: false, confirmed: false })],
    processes: [process('text', { row: 0 }), process('repeat', { row: 0 }), process('yes'), stop],
    budget: { lost: 1 },
  },
  'an answer left to a dispatcher, its text posted again': {
    rows: [answer('reply')],
    processes: [dispatcher, process('text', { row: 0 }), process('repeat', { row: 0 }), stop],
    budget: { crashes: 1, lost: 1 },
    fixed: { epochs: 3 },
  },
  'an answer that waits for a dispatcher, and HELP': {
    rows: [row({ class: 'joining-help' }), answer('help')],
    processes: [dispatcher, process('text', { row: 1 }), stop],
    budget: { turnedAway: 1, crashes: 1 },
  },
  'an opt-out whose confirmation a dispatcher sends': {
    rows: [row({}), answer('confirmation')],
    processes: [dispatcher, dispatcher, process('opt-out', { row: 1 })],
    budget: { crashes: 1 },
    fixed: { epochs: 1 },
  },
  'a failover': {
    rows: [row({}), row({ state: 'absent' })],
    processes: [dispatcher, dispatcher, stop, process('plan', { row: 1 })],
    budget: { failovers: 1 },
    fixed: { lease: 1, epochs: 1 },
  },
  'a campaign planned meanwhile, an opt-out posted twice': {
    rows: [row({ state: 'absent' }), row({})],
    processes: [dispatcher, stop, process('opt-out', { step: 'reposted' }), process('plan', { row: 0 })],
    budget: { turnedAway: 1 },
    fixed: { lease: 1 },
  },
  'two opt-outs, either of them posted again': {
    // An offer, and an answer of staff to what was written after the first.
    rows: [row({}), row({ class: 'joining-help', rev: 1, gen: 1 })],
    processes: [dispatcher, stop, stop, process('opt-out', { step: 'reposted' })],
    budget: { turnedAway: 1 },
    fixed: { lease: 1 },
  },
  'a row with the number of somebody else': {
    rows: [row({ to: 1 }), row({ contact: 1, to: 1 })],
    contacts: [contact({}), contact({ number: 1 })],
    numbers: 2,
    processes: [dispatcher, dispatcher, process('opt-out', { of: 1 })],
    budget: { turnedAway: 1 },
  },
  'a new holder of a number': {
    rows: [row({}), row({ class: 'reply' }), row({ contact: 1, state: 'absent' })],
    contacts: [contact({}), contact({ current: false })],
    processes: [...[dispatcher, dispatcher, process('new-holder'), stop], process('plan', { of: 1, row: 2 })],
    fixed: { lease: 1, epochs: 1 },
  },
  'somebody joins after "wrong number"': {
    // An offer from before it, and an answer of staff to what was written after it.
    rows: [row({}), row({ class: 'joining-help', rev: 1, gen: 1 })],
    contacts: [contact({}), contact({ subscribed: false, current: false, follows: 0 })],
    processes: [dispatcher, dispatcher, stop, process('joiner'), stop],
    budget: { turnedAway: 1 },
    fixed: { lease: 1 },
  },
  'a person who never confirmed': {
    rows: [row({}), answer('prompt')],
    contacts: [contact({ subscribed: false, confirmed: false })],
    processes: [dispatcher, process('text', { row: 1 }), process('yes'), stop],
  },
} satisfies Record<string, Parts>;

export type SmallWorld = keyof typeof SMALL;
export const SMALL_WORLDS = Object.keys(SMALL) as SmallWorld[];
export const smallWorld = (name: SmallWorld, flaws: readonly Flaw[] = []): World =>
  worldOf(SMALL[name], flaws);

/** Everything at once: too large to see every state. */
export function largeWorld(flaws: readonly Flaw[] = []): World {
  const classes = ['prompt', 'reply', 'joining-help', 'prompt'] as const;
  return worldOf(
    {
      rows: [
        row({}),
        row({ replans: 1 }),
        row({ to: 1 }),
        row({ state: 'absent' }),
        row({ contact: 1, to: 1 }),
        answer('confirmation'),
        ...classes.map(answer),
      ],
      contacts: [contact({ prompt: true }), contact({ number: 1 })],
      numbers: 2,
      processes: [
        ...[dispatcher, dispatcher, dispatcher, stop, stop],
        process('opt-out', { row: 5 }),
        process('opt-out', { of: 1 }),
        ...[6, 7, 8, 9].map((place) => process('text', { row: place })),
        ...[6, 7, 7, 8].map((place) => process('repeat', { row: place })),
        ...[process('yes'), process('yes'), process('yes'), process('plan', { row: 3 })],
      ],
      budget: { crashes: 2, lost: 1, turnedAway: 2, failovers: 1 },
      fixed: { epochs: 4, receipts: true, lease: 3 },
    },
    flaws,
  );
}
