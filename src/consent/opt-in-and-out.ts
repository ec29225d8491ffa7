import type { ActChannel, Channel } from '../domain/consent/channels.ts';
import { decide } from '../domain/consent/decide.ts';
import type { PersonAct } from '../domain/consent/decision.ts';
import type { PromptRefusal } from '../domain/consent/ledger-reasons.ts';
import { isSaidAgain } from '../domain/consent/opt-out.ts';
import type { Scope } from '../domain/consent/suppression.ts';
import { HOUR_MS, later } from '../domain/durations.ts';
import { type Language, programById, type Sender } from '../domain/program.ts';
import { countryOf } from '../domain/sending/sender-pool.ts';
import type { Reading, TopicRef } from '../domain/words/reading.ts';
import { cancelAndDrain } from '../sending/cancel-and-drain.ts';
import { firstReplyId } from '../sending/plan-delivery.ts';
import { chooseSender } from '../sending/sender-selection.ts';
import { findSuppressions } from '../store/consent/suppressions.ts';
import { findHolders } from '../store/contacts/contacts.ts';
import { findDeliveries } from '../store/deliveries/delivery.ts';
import { bucketOf } from '../store/sealing/keys.ts';
import { readSenderHealth } from '../store/senders/sender-state.ts';
import type { AppContext } from './app-context.ts';
import type { BuiltChange } from './build-change.ts';
import { type ConsentAct, commitAct, DOOR_RULES, NO_CARRIER, newPromptId } from './commit-act.ts';
import { scopesOf } from './drain-opt-out.ts';
import { decisionContextOf } from './inbound/interpret.ts';
import type { Catalog } from './programs/catalog.ts';

/**
 * A request to join through another channel than the handset. A prompt is sent to the number, and only a YES of its
 * holder counts.
 */
export type OptIn = {
  number: string;
  program: string;
  channel: Exclude<Channel, 'VIA_TEXT' | 'IMPORT'>;
  language: Language | null;
  /** Where and how the person asked (page, sheet or call), as far as the channel knows. Kept as evidence. */
  origin: Record<string, string>;
  /** Who submitted the request: "key:<id>". */
  actor: string;
  /** The same value whenever the same request is sent again. Without one, requests cannot be told apart. */
  cause?: string;
};

export type Prompted = { kind: 'prompted'; contact: string; delivery: string; expiresAt: Date };

export type OptInResult =
  | Prompted
  /**
   * Recorded, but no prompt is sent. `why`: the recorded reason. `refusal`: null when a newer act of the person made
   * the request ineffective. `from`: the sender that would have sent the prompt.
   */
  | { kind: 'refused'; contact: string; refusal: PromptRefusal | null; why: string; from: Sender }
  /** Nothing is recorded: no sender of the program may write to this number. */
  | { kind: 'no-sender'; country: Sender['country'] }
  /**
   * Nothing is recorded: every sender that may write to this number is stopped. `number` is one of them, `why` its
   * reason.
   */
  | { kind: 'stopped'; number: string; why: string };

/**
 * Records an opt-in and plans its prompt, from the sender that later messages would come from. Null when there is no
 * such active program. Rejects when the database did not accept the opt-in.
 */
export async function optIn(context: AppContext, request: OptIn): Promise<OptInResult | null> {
  const catalog = context.catalog.current();
  const program = catalog.book.programs.find(
    (program) => program.id === request.program && program.status === 'active',
  );
  if (program === undefined) return null;
  const country = countryOf(request.number);
  const index = context.indexOf(request.number);
  const [[stored], suppressions] = await Promise.all([
    findHolders(context.store, [index]),
    findSuppressions(context.store, [index]),
  ]);
  const to = { id: stored?._id ?? '', number: request.number, suppressions };
  const from = await chooseSender(context.store, catalog.book, program, to);
  if (from === null) return { kind: 'no-sender', country };
  const { stopped } = await readSenderHealth(context.store, from.number);
  // The prompt would wait and expire unseen, so the caller is told now.
  if (stopped !== null) return { kind: 'stopped', number: from.number, why: stopped.why };
  const prepared = await commitAct(context, optInAct(request, from.number, catalog));
  if (prepared === null) throw new Error('the consent writer wrote nothing for an opt-in');
  return resultOf(prepared, from);
}

/** `from`: our number that sends the prompt. */
export function optInAct(request: OptIn, from: string, catalog: Catalog): ConsentAct {
  return {
    number: request.number,
    channel: request.channel,
    from,
    actor: request.actor,
    rules: DOOR_RULES,
    personal: { number: request.number, origin: JSON.stringify(request.origin) },
    alone: false,
    audited: (built) => auditedOptIn(request, built),
    ...(request.cause === undefined ? {} : { cause: request.cause }),
    decide: (person, at) => {
      const outcome = decide(decisionContextOf(actOf(request, from, at), person, catalog, newPromptId));
      // Only a prompt is sent. The caller's own response says everything else.
      return { ...outcome, replies: outcome.replies.filter((reply) => reply.class === 'prompt') };
    },
  };
}

/** The person was asked only if a prompt was planned. */
function auditedOptIn({ program, channel }: OptIn, { change, refusal }: BuiltChange) {
  if (change.deliveries.length > 0) return { act: 'opt-in-asked' as const, program, details: { channel } };
  return { act: 'opt-in-refused' as const, program, details: { channel, why: refusal ?? 'newer-act' } };
}

/**
 * The prompt that an earlier copy of the same request started, in case its response was lost, whatever became of the
 * prompt since. Null when there was none.
 */
export async function earlierPromptOf(
  context: Pick<AppContext, 'catalog' | 'indexOf' | 'store'>,
  number: string,
  cause: string,
): Promise<Prompted | null> {
  const index = context.indexOf(number);
  const [stored] = await findHolders(context.store, [index]);
  const bucket = stored?.bucket ?? bucketOf(index);
  const [row] = await findDeliveries(context.store, [firstReplyId({ bucket }, cause)]);
  if (row === undefined) return null;
  const prompt = stored?.prompts.find(({ id }) => id === row.prompt);
  // The contact keeps only the last few closed prompts.
  const hours = programById(context.catalog.current().book, row.program)?.promptHours ?? 0;
  const expiresAt = prompt?.expiresAt ?? new Date(row.createdAt.getTime() + hours * HOUR_MS);
  return { kind: 'prompted', contact: row.contact, delivery: row._id, expiresAt };
}

function actOf({ program, language, channel }: OptIn, number: string, receivedAt: Date): PersonAct {
  const reading = { kind: 'join' as const, program, language, rule: `door:${channel}`, rules: DOOR_RULES };
  return { channel, number, receivedAt, reading, words: '', carrier: NO_CARRIER };
}

function resultOf({ change, contact, person, refusal }: BuiltChange, from: Sender): OptInResult {
  const delivery = change.deliveries[0];
  const prompt = person.prompts.find(({ id }) => id === delivery?.prompt);
  if (delivery !== undefined && prompt !== undefined) {
    return { kind: 'prompted', contact, delivery: delivery._id, expiresAt: prompt.expiresAt };
  }
  const why = change.events.at(-1)?.reason ?? 'no prompt may be sent';
  return { kind: 'refused', contact, refusal, why, from };
}

/** An opt-out through another channel than a text. Ends everything unless programs or topics are named. */
export type OptOutRequest = {
  number: string;
  programs: string[];
  topics: TopicRef[];
  channel: ActChannel;
  origin: Record<string, string>;
  actor: string;
  /**
   * One line of a long list, which may be sent again: what the same channel said before, and nothing has changed
   * since, makes no second entry of the ledger.
   */
  listed?: boolean;
};

/** What an opt-out is recorded and drained with. */
export type OptOutContext = Pick<
  AppContext,
  'catalog' | 'indexOf' | 'log' | 'monotonic' | 'store' | 'writer'
>;

/**
 * Resolves when the opt-out is durable, planned deliveries are canceled, and claimed ones have settled or their lease
 * has passed, so the caller may say so. Rejects when that is not certain; the opt-out may have been written all the same. No text confirms the
 * opt-out; the caller's response does.
 * Source: 47 CFR 64.1200(a)(10).
 */
export async function optOut(
  context: OptOutContext,
  request: OptOutRequest,
): Promise<{ contact: string; scopes: Scope[] }> {
  const catalog = context.catalog.current();
  const reading = readingOf(request);
  const scopes = scopesOf(reading);
  const prepared = await commitAct(context, optOutAct(request, { reading, scopes, catalog }));
  if (prepared === null) throw new Error('the consent writer wrote nothing for an opt-out');
  const { contact, rev, personId, follows, person } = prepared;
  await cancelAndDrain(
    context.store,
    { contact, rev, scopes, prompts: person.prompts, personId, follows },
    context.monotonic,
  );
  return { contact, scopes };
}

type OptOutReading = { reading: Reading; scopes: Scope[]; catalog: Catalog };

function optOutAct(request: OptOutRequest, { reading, scopes, catalog }: OptOutReading): ConsentAct {
  const { number, channel, actor, listed = false } = request;
  const act = { channel, number: '', reading, words: '', carrier: NO_CARRIER };
  // What the person said stays in the ledger, under the person's own key. A list as a whole has one entry, which
  // `optOutList` writes.
  const audited = { act: 'opted-out' as const, details: { scopes: scopes.join(' ') } };
  return {
    number,
    channel,
    from: null,
    actor,
    rules: DOOR_RULES,
    personal: { number, origin: JSON.stringify(request.origin) },
    alone: true,
    listed,
    ...(listed ? {} : { audited }),
    decide: (person, receivedAt, { rev, personId }) => {
      // Written all the same, without an entry: an older text that arrives later does not count against it. A merged
      // number gets an entry, whose time ends what the person confirmed since on another number.
      if (listed && rev > 0 && personId === undefined && isSaidAgain(person, scopes, channel))
        return {
          person: { ...person, lastOptOutAt: later(person.lastOptOutAt ?? receivedAt, receivedAt) },
          events: [],
        };
      const turn = decisionContextOf({ ...act, receivedAt }, person, catalog, () => '');
      const { person: after, events } = decide(turn);
      return { person: after, events };
    },
  };
}

function readingOf({ channel, programs, topics }: OptOutRequest): Reading {
  const base = { language: null, rule: `door:${channel}`, rules: DOOR_RULES };
  return programs.length + topics.length === 0
    ? { ...base, kind: 'stop-all', by: 'exact', wrongNumber: false }
    : { ...base, kind: 'stop-some', programs, topics };
}
