import type { ProtocolFlaw } from './flaws.ts';
import { contact, process, row, type WorldParts, worldOf } from './parts.ts';
import type { ModelRow, ModelWorld } from './state.ts';

const dispatcher = process('dispatcher', { of: -1 });
const stop = process('opt-out');
const yes = process('yes');
const text = (place: number) => process('text', { row: place });
const answer = (kind: ModelRow['class'], change: Partial<ModelRow> = {}): ModelRow =>
  row({ class: kind, state: 'absent', ...change });

/** Worlds with an opt-out and messages under way to its number. */
const OPT_OUTS = {
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
    fixed: { attempts: 3 },
  },
  'an opt-out whose confirmation a dispatcher sends': {
    rows: [row({}), answer('confirmation')],
    processes: [dispatcher, dispatcher, process('opt-out', { row: 1 })],
    budget: { crashes: 1 },
  },
  'a text that opts out, posted twice': {
    rows: [row({}), answer('confirmation')],
    processes: [
      dispatcher,
      process('opt-out', { row: 1 }),
      process('opt-out', { row: 1, step: 'reposted' }),
      stop,
    ],
    budget: { crashes: 1 },
    fixed: { lease: 1 },
  },
  'a failover': {
    rows: [row({}), row({ state: 'absent' })],
    processes: [dispatcher, dispatcher, stop, process('plan', { row: 1 })],
    budget: { failovers: 1 },
    fixed: { lease: 1, attempts: 1 },
  },
  'a campaign planned meanwhile, an opt-out posted twice': {
    rows: [row({ state: 'absent' }), row({})],
    processes: [dispatcher, stop, process('opt-out', { step: 'reposted' }), process('plan', { row: 0 })],
    budget: { turnedAway: 1 },
    fixed: { lease: 1 },
  },
  'two opt-outs, either of them posted again': {
    // An offer, and an answer of staff to a text from after the first opt-out.
    rows: [row({}), row({ class: 'joining-help', rev: 1, gen: 1 })],
    processes: [dispatcher, stop, stop, process('opt-out', { step: 'reposted' })],
    budget: { turnedAway: 1 },
    fixed: { lease: 1 },
  },
} satisfies Record<string, WorldParts>;

/** Worlds with replies to texts. */
const ANSWERS = {
  'three dispatchers, a required answer that may go once more': {
    rows: [row({ class: 'required-answer' })],
    processes: [dispatcher, dispatcher, dispatcher, stop],
    budget: { crashes: 1, lost: 1 },
    fixed: { attempts: 3, receipts: true },
  },
  'a text posted three times': {
    rows: [answer('reply', { twin: 1 }), answer('reply', { twin: 0 })],
    processes: [dispatcher, dispatcher, ...[text(0), text(0), text(0)], stop],
    budget: { crashes: 1, lost: 1 },
    fixed: { receipts: true },
  },
  'an answer that waits for a dispatcher, and HELP': {
    rows: [row({ class: 'joining-help' }), answer('help')],
    processes: [dispatcher, text(1), stop],
    budget: { turnedAway: 1, crashes: 1 },
  },
  'HELP and a prompt of unknown outcome': {
    rows: [answer('help'), answer('prompt')],
    contacts: [contact({ subscribed: false, confirmed: false })],
    processes: [dispatcher, text(0), text(1)],
    budget: { crashes: 1, lost: 1 },
    fixed: { lease: 1, attempts: 3, receipts: true },
  },
  'two answers to one text, and one to the next': {
    rows: [answer('reply'), answer('reply', { place: 1 }), answer('joining-help')],
    processes: [dispatcher, dispatcher, text(0), text(2)],
    budget: { turnedAway: 1 },
    fixed: { lease: 1, orderWait: 1 },
  },
  'a text before an opt-out, and HELP behind it': {
    rows: [answer('reply'), answer('confirmation'), answer('help')],
    processes: [dispatcher, dispatcher, text(0), process('opt-out', { row: 1 }), text(2)],
    fixed: { lease: 1, attempts: 1, orderWait: 1 },
  },
} satisfies Record<string, WorldParts>;

/** Worlds with prompts and a YES to them. */
const PROMPTS = {
  'two opt-outs, a prompt before and one between, two YES': {
    rows: [answer('prompt')],
    processes: [dispatcher, stop, stop, text(0), yes, yes],
    contacts: [contact({ prompt: true, handedOver: true })],
    fixed: { lease: 1, attempts: 1 },
  },
  'a prompt whose text is posted twice': {
    rows: [answer('prompt')],
    contacts: [contact({ subscribed: false, confirmed: false })],
    processes: [dispatcher, text(0), text(0), yes, stop],
    budget: { lost: 1 },
  },
  'YES while its prompt is claimed': {
    rows: [answer('prompt')],
    contacts: [contact({ subscribed: false, confirmed: false })],
    processes: [dispatcher, dispatcher, text(0), yes, yes],
    budget: { crashes: 1, lost: 1, turnedAway: 1 },
    fixed: { receipts: true },
  },
  'a second prompt in place of the first, and YES': {
    rows: [answer('prompt'), answer('prompt')],
    contacts: [contact({ subscribed: false, confirmed: false })],
    processes: [dispatcher, dispatcher, text(0), text(1), yes],
    fixed: { lease: 1, receipts: true },
  },
  'a person who never confirmed': {
    rows: [row({}), answer('prompt')],
    contacts: [contact({ subscribed: false, confirmed: false })],
    processes: [dispatcher, text(1), yes, stop],
  },
} satisfies Record<string, WorldParts>;

/** Worlds in which a number changes hands. */
const HOLDERS = {
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
    fixed: { lease: 1, attempts: 1 },
  },
  'somebody joins after "wrong number"': {
    // An offer from before the opt-out, and an answer of staff to a text from after it.
    rows: [row({}), row({ class: 'joining-help', rev: 1, gen: 1 })],
    contacts: [contact({}), contact({ subscribed: false, current: false, follows: 0 })],
    processes: [dispatcher, dispatcher, stop, process('joiner'), stop],
    budget: { turnedAway: 1 },
    fixed: { lease: 1 },
  },
} satisfies Record<string, WorldParts>;

/** Small worlds, each for one part of the protocol and small enough to explore every state. */
const SMALL = { ...OPT_OUTS, ...ANSWERS, ...PROMPTS, ...HOLDERS } satisfies Record<string, WorldParts>;

export type SmallWorld = keyof typeof SMALL;
export const SMALL_WORLDS = Object.keys(SMALL) as SmallWorld[];
export const smallWorld = (name: SmallWorld, flaws: readonly ProtocolFlaw[] = []): ModelWorld =>
  worldOf(SMALL[name], flaws);

/** A world with everything at once, which is too large to explore every state. */
export function largeWorld(flaws: readonly ProtocolFlaw[] = []): ModelWorld {
  return worldOf(
    {
      rows: [
        ...[answer('prompt'), answer('help', { place: 1 }), answer('prompt')],
        ...[row({}), row({ class: 'required-answer' }), row({ to: 1 }), row({ state: 'absent' })],
        ...[row({ contact: 1, to: 1 }), answer('confirmation')],
        ...[answer('reply', { twin: 10 }), answer('reply', { twin: 9 }), answer('joining-help')],
      ],
      contacts: [contact({ prompt: true, handedOver: true }), contact({ number: 1 })],
      numbers: 2,
      processes: [
        ...[dispatcher, dispatcher, dispatcher, stop, stop],
        process('opt-out', { row: 8 }),
        process('opt-out', { row: 8, step: 'reposted' }),
        process('opt-out', { of: 1 }),
        ...[0, 2, 9, 9, 9, 11, 11].map(text),
        ...[yes, yes, yes, process('plan', { row: 6 })],
      ],
      budget: { crashes: 2, lost: 1, turnedAway: 2, failovers: 1 },
      fixed: { attempts: 4, receipts: true, lease: 3, orderWait: 3 },
    },
    flaws,
  );
}
