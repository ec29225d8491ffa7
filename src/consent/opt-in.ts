import { randomBytes } from 'node:crypto';
import { decide } from '../domain/consent/decide.ts';
import type { Act } from '../domain/consent/outcome.ts';
import type { Channel } from '../domain/consent/person.ts';
import { HOUR_MS } from '../domain/durations.ts';
import { type Language, programById, type Sender } from '../domain/program.ts';
import { countryOf } from '../domain/sending/sender-pool.ts';
import { chooseSender } from '../sending/pacing/choose-sender.ts';
import { findSuppressions } from '../store/consent/suppressions.ts';
import { findDeliveries } from '../store/deliveries/deliveries.ts';
import { findHolders } from '../store/people/contacts.ts';
import { bucketOf } from '../store/sealing/keys.ts';
import { readTrouble } from '../store/senders/stops.ts';
import { actByDoor, DOOR_RULES, type DoorAct, NO_CARRIER } from './act-by-door.ts';
import type { Catalog } from './catalog.ts';
import type { Desk } from './desk.ts';
import { turnOf } from './inbound/message.ts';
import { firstReplyId } from './plan-reply.ts';
import type { Prepared } from './prepare.ts';

/** Someone asked to join by a door other than their handset; a prompt goes to the number, and only its holder's YES counts. */
export type OptIn = {
  number: string;
  program: string;
  channel: Exclude<Channel, 'VIA_TEXT' | 'IMPORT'>;
  language: Language | null;
  /** Where and how it was asked: page, sheet or call, whatever the door knows. Kept as evidence. */
  origin: Record<string, string>;
  /** Who brought it: "key:<id>". */
  actor: string;
  /** The same whenever the same request is sent again; absent: it cannot be told from another. */
  cause?: string;
};

export type Prompted = { kind: 'prompted'; contact: string; delivery: string; expiresAt: Date };

export type OptInResult =
  | Prompted
  /** Recorded, but no prompt goes. `from`: the number that would have asked. */
  | { kind: 'refused'; contact: string; why: string; from: Sender }
  /** Nothing is recorded: no number of the program may write to them. */
  | { kind: 'no-sender'; country: Sender['country'] }
  /** Nothing is recorded: every number that may write to them is stopped, this one too, and why. */
  | { kind: 'stopped'; number: string; why: string };

/**
 * The question comes from the number that the messages would come from. Null where there is no such program. Rejects where
 * the database could not take it.
 */
export async function optIn(desk: Desk, request: OptIn): Promise<OptInResult | null> {
  const catalog = desk.catalog.current();
  const program = catalog.book.programs.find((one) => one.id === request.program && one.status === 'active');
  if (program === undefined) return null;
  const country = countryOf(request.number);
  const index = desk.indexOf(request.number);
  const [[stored], suppressions] = await Promise.all([
    findHolders(desk.store, [index]),
    findSuppressions(desk.store, [index]),
  ]);
  const to = { id: stored?._id ?? '', number: request.number, suppressions };
  const from = await chooseSender(desk.store, catalog.book, program, to);
  if (from === null) return { kind: 'no-sender', country };
  const { stopped } = await readTrouble(desk.store, from.number);
  // It would wait, and its time run out unseen: whoever runs the door hears it now.
  if (stopped !== null) return { kind: 'stopped', number: from.number, why: stopped.why };
  const prepared = await actByDoor(desk, optInAct(request, from.number, catalog));
  if (prepared === null) throw new Error('an opt-in wrote nothing');
  return resultOf(prepared, from);
}

/** `from`: our number that asks. */
export function optInAct(request: OptIn, from: string, catalog: Catalog): DoorAct {
  return {
    number: request.number,
    channel: request.channel,
    from,
    actor: request.actor,
    rules: DOOR_RULES,
    personal: { number: request.number, origin: JSON.stringify(request.origin) },
    alone: false,
    ...(request.cause === undefined ? {} : { cause: request.cause }),
    decide: (person, at) => {
      const outcome = decide(turnOf(actOf(request, from, at), person, catalog, newPromptId));
      // Only a prompt leaves by this door: what else the machine would say, the door's own answer says.
      return { ...outcome, replies: outcome.replies.filter((reply) => reply.class === 'prompt') };
    },
  };
}

/** What the same request asked before, though its answer was lost and whatever became of its question; null where it asked nothing. */
export async function askedBefore(desk: Desk, number: string, cause: string): Promise<Prompted | null> {
  const index = desk.indexOf(number);
  const [stored] = await findHolders(desk.store, [index]);
  const bucket = stored?.bucket ?? bucketOf(index);
  const [row] = await findDeliveries(desk.store, [firstReplyId({ bucket }, cause)]);
  if (row === undefined) return null;
  const prompt = stored?.prompts.find(({ id }) => id === row.prompt);
  // Of the closed ones the last few alone are kept.
  const hours = programById(desk.catalog.current().book, row.program)?.promptHours ?? 0;
  const expiresAt = prompt?.expiresAt ?? new Date(row.createdAt.getTime() + hours * HOUR_MS);
  return { kind: 'prompted', contact: row.contact, delivery: row._id, expiresAt };
}

function actOf({ program, language, channel }: OptIn, number: string, receivedAt: Date): Act {
  const reading = { kind: 'join' as const, program, language, rule: `door:${channel}`, rules: DOOR_RULES };
  return { channel, number, receivedAt, reading, words: '', carrier: NO_CARRIER };
}

function resultOf({ change, contact, person }: Prepared, from: Sender): OptInResult {
  const delivery = change.deliveries[0];
  const prompt = person.prompts.find(({ id }) => id === delivery?.prompt);
  if (delivery !== undefined && prompt !== undefined) {
    return { kind: 'prompted', contact, delivery: delivery._id, expiresAt: prompt.expiresAt };
  }
  const why = change.events.at(-1)?.reason ?? 'no prompt may go';
  return { kind: 'refused', contact, why, from };
}

export const newPromptId = (): string => `p_${randomBytes(9).toString('base64url')}`;
