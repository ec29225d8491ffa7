import { createHash } from 'node:crypto';
import { laneOf } from '../../../src/domain/sending/lanes.ts';
import { countParts } from '../../../src/domain/text/parts.ts';
import { type ContactDoc, findHolders } from '../../../src/store/contacts/contacts.ts';
import { type OpenContact, openHolder } from '../../../src/store/contacts/open-contact.ts';
import type { DeliveryDoc } from '../../../src/store/deliveries/delivery.ts';
import { newDelivery } from '../../../src/store/deliveries/new-delivery.ts';
import { blindIndex } from '../../../src/store/sealing/keys.ts';
import { type Person, type PlannedRow, SLICES } from './people.ts';
import { RACE_SENDERS } from './programs.ts';
import type { RaceSystem } from './system.ts';

/** The rows of a step by slice, ready to be inserted, and their contacts. */
export type Plan = { slices: DeliveryDoc[][]; contacts: Map<string, OpenContact> };

/** A number that belongs to nobody, for rows that go astray. */
const STRANGER = '+15559999999';

/** Reads the people once and writes their campaign from that, as a planner does. Later texts change no row. */
export async function planRows(
  { store, config }: RaceSystem,
  people: readonly Person[],
  step: { seed: number; number: number },
): Promise<Plan> {
  const indexes = new Map(people.map((person) => [blindIndex(config.blindIndexKeys, person.number), person]));
  const stored = await findHolders(store, [...indexes.keys()]);
  const plan: Plan = { slices: Array.from({ length: SLICES }, () => []), contacts: new Map() };
  const at = new Date();
  for (const contact of stored) {
    const holder = openHolder(config.keyRing, contact, []);
    plan.contacts.set(holder.id, holder);
    const person = indexes.get(contact.index);
    for (const [place, row] of (person?.rows ?? []).entries()) {
      plan.slices[row.slice]?.push(rowOf(row, { holder, contact, step, place, at }));
    }
  }
  return plan;
}

type About = {
  holder: OpenContact;
  contact: ContactDoc;
  step: { seed: number; number: number };
  place: number;
  at: Date;
};

function rowOf(planned: PlannedRow, { holder, contact, step, place, at }: About): DeliveryDoc {
  const cause = `crash ${step.seed} ${step.number} ${holder.number} ${place}`;
  const digest = createHash('sha256').update(cause).digest('base64url').slice(0, 24);
  const { number: sender, messagingServiceSid: service } = RACE_SENDERS[planned.program];
  const text = offerOf(planned.parts, `${holder.bucket}${digest}`);
  return newDelivery(holder, {
    digest,
    rev: contact.rev,
    class: planned.class,
    program: planned.program,
    topic: planned.topic,
    template: 'text',
    language: 'en',
    lane: laneOf(planned.class, `${step.number}-${place % 2}`),
    sender,
    service,
    to: planned.astray ? STRANGER : holder.number,
    text,
    parts: countParts(text).parts,
    at,
  });
}

/** The words of a message that takes this many parts and ends in its token. */
export function offerOf(parts: number, token: string): string {
  const more = ' and what goes with it'.repeat((parts - 1) * 7);
  return `Fernway: an offer for you${more} #${token}`;
}
