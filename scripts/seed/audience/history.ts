import { createHash } from 'node:crypto';
import type { BuiltChange } from '../../../src/consent/build-change.ts';
import { type ConsentAct, prepareDoorAct } from '../../../src/consent/commit-act.ts';
import { prepareText } from '../../../src/consent/inbound/handle-inbound.ts';
import { readSms } from '../../../src/consent/inbound/interpret.ts';
import { expiryOf } from '../../../src/consent/maintenance/expirations.ts';
import { optInAct } from '../../../src/consent/opt-in-and-out.ts';
import type { Catalog } from '../../../src/consent/programs/catalog.ts';
import { confirmWordOf, keywordOf } from '../../../src/domain/consent/program-text.ts';
import type { Language, Program } from '../../../src/domain/program.ts';
import { addressed, type InboundSms } from '../../../src/sending/inbound-sms.ts';
import type { Change } from '../../../src/store/consent/commit.ts';
import type { UnsignedEvent } from '../../../src/store/consent/consent-events.ts';
import type { InboundDoc } from '../../../src/store/consent/inbound-texts.ts';
import type { ContactDoc } from '../../../src/store/contacts/contacts.ts';
import { type OpenContact, openHolder } from '../../../src/store/contacts/open-contact.ts';
import type { DeliveryDoc } from '../../../src/store/deliveries/delivery.ts';
import type { KeyRing } from '../../../src/store/sealing/keys.ts';
import type { Act } from './story.ts';

/** What a history is written with: the texts, keys and rules of the product. */
export type Scribe = { catalog: Catalog; ring: KeyRing; indexOf: (number: string) => string };

/** The person who acts, and their language. `serial` numbers their texts. */
type PersonOfHistory = { holder: OpenContact; language: Language; serial: string };

/**
 * Builds what a history leaves in the database: the contact with its ledger, suppressions, and the answers, delivered long ago.
 * The functions of the gateway decide and record each act at the time when it happened. The texts themselves are left out, as if
 * their retention had ended. Null if nothing ever happened.
 */
export function historyOf(scribe: Scribe, actor: PersonOfHistory, acts: readonly Act[]): Change | null {
  let holder = actor.holder;
  let contact: ContactDoc | null = null;
  const events: UnsignedEvent[] = [];
  const deliveries: DeliveryDoc[] = [];
  const pastTexts: InboundDoc[] = [];
  for (const [place, act] of acts.entries()) {
    const prepared = prepareAct(scribe, { ...actor, holder }, act, place);
    if (prepared === null) continue;
    const { change } = prepared;
    events.push(...change.events);
    if (change.inbound !== null) pastTexts.push({ ...change.inbound, sealed: null });
    deliveries.push(...change.deliveries.map((row) => delivered(row, act.at, actor.serial)));
    contact = change.contact.prompts.some((prompt) => prompt.handedOverAt === null)
      ? withPromptsHandedOver(change.contact, act.at)
      : change.contact;
    const { suppressions } = prepared.person;
    const { index } = contact;
    holder = openHolder(
      scribe.ring,
      contact,
      suppressions.map((row) => ({ ...row, index })),
    );
  }
  if (contact === null) return null;
  const { suppressions } = holder.person;
  return {
    contact: withoutPastExpiry(contact),
    before: null,
    suppressions,
    inbound: null,
    pastTexts,
    events,
    deliveries,
  };
}

/** The contact as the job that ends questions leaves it, because the time of answered questions is over by now. */
function withoutPastExpiry(contact: ContactDoc): ContactDoc {
  if (contact.prompts.some(({ state }) => state === 'open')) return contact;
  const { promptExpiresAt: _, ...rest } = contact;
  return rest;
}

function prepareAct(scribe: Scribe, actor: PersonOfHistory, act: Act, place: number): BuiltChange | null {
  const { catalog } = scribe;
  const at = new Date(act.at);
  const { holder } = actor;
  const byDoor = (act: ConsentAct): BuiltChange | null =>
    prepareDoorAct({
      ...{ act: act, catalog, holder, at },
      cause: `seed ${actor.serial} ${place}`,
    });
  if (act.do === 'expire') return byDoor(expiryOf(holder.number));
  const program = programOf(catalog, act.program);
  const [from = ''] = program.numbers;
  if (act.do === 'ask') {
    const { channel, origin } = act;
    const said = { number: holder.number, program: program.id, language: actor.language };
    return byDoor(optInAct({ ...said, channel, origin, actor: 'seed' }, from, catalog));
  }
  const message = messageOf(actor, wordsOf(act, program, actor.language), { to: from, at, place });
  return prepareText({ message, reading: readSms(message, catalog), catalog, holder, at });
}

function programOf({ book }: Catalog, id: string): Program {
  const program = book.programs.find((program) => program.id === id);
  if (program === undefined) throw new Error(`the audience needs a program "${id}"`);
  return program;
}

function wordsOf(act: Exclude<Act, { do: 'ask' | 'expire' }>, program: Program, language: Language): string {
  if (act.do === 'join') return keywordOf(program, language);
  if (act.do === 'text') return act.body;
  return act.yes ? confirmWordOf(program, language) : 'NO';
}

type Sent = { to: string; at: Date; place: number };

function messageOf({ holder, serial }: PersonOfHistory, body: string, { to, at, place }: Sent): InboundSms {
  const from = holder.number;
  const sid = sidOf('SM', `${serial} ${place}`);
  const said = { sid, ...addressed(from, to), body, otherBodies: [], optOutType: null };
  return { ...said, receivedAt: at, door: 'webhook', form: {} };
}

const sidOf = (kind: string, text: string): string =>
  `${kind}${createHash('sha256').update(text).digest('hex').slice(0, 32)}`;

/** The time that a message took to its handset, ms. */
const ON_ITS_WAY_MS = 2500;

/** The row as its receipts left it. A refused message stays as it is. */
function delivered(row: DeliveryDoc, at: number, serial: string): DeliveryDoc {
  if (row.open === undefined) return row;
  const { open: _, draining: __, ...rest } = row;
  const [acceptedAt, finalAt] = [new Date(at + 300), new Date(at + ON_ITS_WAY_MS)];
  return {
    ...rest,
    ...{ state: 'delivered', epoch: 1, leaseUntil: null, acceptedAt, sentAt: acceptedAt, finalAt },
    decision: row.decision ?? { allowed: true, reasons: [], at: acceptedAt },
    carrierSid: sidOf('SM', `${serial} ${row._id}`),
  };
}

/** The entry as the worker that sent a question writes it. */
function withPromptsHandedOver(contact: ContactDoc, at: number): ContactDoc {
  const handedOverAt = new Date(at + 200);
  const prompts = contact.prompts.map((prompt) => ({
    ...prompt,
    handedOverAt: prompt.handedOverAt ?? handedOverAt,
  }));
  return { ...contact, prompts, rev: contact.rev + 1 };
}
