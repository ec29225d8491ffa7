import { randomBytes } from 'node:crypto';
import { readActor } from '../domain/access/actor.ts';
import type { ActChannel } from '../domain/consent/channels.ts';
import type { ConsentState } from '../domain/consent/consent-state.ts';
import type { ConsentDecision } from '../domain/consent/decision.ts';
import { firstReplyId } from '../sending/plan-delivery.ts';
import type { AuditDraft } from '../store/audit/audit-chains.ts';
import type { InboundDoc } from '../store/consent/inbound-texts.ts';
import type { OpenContact } from '../store/contacts/open-contact.ts';
import type { DeliveryDoc } from '../store/deliveries/delivery.ts';
import type { AppContext } from './app-context.ts';
import { logAct, personSubject } from './audit/audit.ts';
import { type BuiltChange, buildChange } from './build-change.ts';
import { addressesOf } from './inbound/inbound-record.ts';
import type { Catalog } from './programs/catalog.ts';

/** A change of consent that is no inbound text: a form, an API call, a timer. */
export type ConsentAct = {
  number: string;
  channel: ActChannel;
  /** The sender from which a message may be sent; null when none may be sent. */
  from: string | null;
  actor: string;
  /** Version of the rules that decide. */
  rules: string;
  /** Evidence of the act; empty when no person acted. */
  personal: { number?: string; origin?: string };
  /** The person's text that the replies answer; absent when there is none. */
  answers?: DeliveryDoc['answers'];
  /** The stored record of that text, which holds its addresses and so its channel. */
  answered?: Pick<InboundDoc, '_id' | 'sealed'>;
  alone: boolean;
  /**
   * The audit entry of what a member of staff or an API key did. A function where the entry depends on the decision.
   * Absent where a person, the carrier or a timer acted.
   */
  audited?: AuditedAct | ((built: BuiltChange) => AuditedAct);
  /** One line of a long list of opt-outs. */
  listed?: boolean;
  /**
   * Identifies the act: the same cause gives its message the same id when the act is requested again. Absent: every
   * act is new.
   */
  cause?: string;
  /** Without `replies` the act sends nothing. Null: nothing to change. */
  decide: (person: ConsentState, at: Date, read: Read) => DecidedAct | null;
};

type AuditedAct = Omit<AuditDraft, 'actor' | 'subject'>;

type DecidedAct = Omit<ConsentDecision, 'replies'> & Partial<Pick<ConsentDecision, 'replies'>>;

/**
 * The contact read, its revision (0 for a new contact), the id that the first reply would get, and the person to whom
 * a merged contact belongs.
 */
type Read = { contact: string; rev: number; replyId: string; personId: string | undefined };

/**
 * Commits one act. Durable when it resolves; null when there was nothing to change. Planned replies are sent by the
 * dispatcher.
 */
export async function commitAct(
  context: Pick<AppContext, 'catalog' | 'indexOf' | 'log' | 'writer'>,
  act: ConsentAct,
): Promise<BuiltChange | null> {
  const catalog = context.catalog.current();
  const cause = act.cause ?? `door ${randomBytes(12).toString('hex')}`;
  const done = await context.writer.submit({
    index: context.indexOf(act.number),
    number: act.number,
    sid: null,
    alone: act.alone,
    listed: act.listed ?? false,
    prepare: (holder, at) => {
      const prepared = prepareDoorAct({ act, cause, catalog, holder, at });
      return prepared === null ? null : { change: prepared.change, result: prepared };
    },
  });
  if (done.kind !== 'written') return null;
  for (const draft of done.result.change.audited ?? []) logAct(context, draft);
  return done.result;
}

type Writing = { act: ConsentAct; cause: string; catalog: Catalog; holder: OpenContact; at: Date };

/** Builds the changes and replies of one act. Nothing is written yet. Null when there is nothing to change. */
export function prepareDoorAct({ act, cause, catalog, holder, at }: Writing): BuiltChange | null {
  const replyId = firstReplyId(holder, cause);
  const { rev = 0, personId } = holder.stored ?? {};
  const read = { contact: holder.id, rev, replyId, personId };
  const outcome = act.decide(holder.person, at, read);
  if (outcome === null) return null;
  const { channel, actor, rules, personal } = act;
  const times = { actedAt: at, recordedAt: at };
  const decided = {
    ...outcome,
    replies: outcome.replies ?? [],
    about: { channel, sender: act.from, actor, rules, personal, ...times },
    book: catalog.book,
    sender: act.from === null ? null : catalog.sender(act.from),
    cause,
    answers: act.answers ?? null,
    addresses: act.answered === undefined ? null : addressesOf(act.answered, holder.keys.profile),
    draining: false,
    inbound: null,
  };
  const built = buildChange(holder, decided, at);
  if (act.audited === undefined) return built;
  const audited = typeof act.audited === 'function' ? act.audited(built) : act.audited;
  const draft = { ...audited, actor: readActor(actor), subject: personSubject(built.contact) };
  return { ...built, change: { ...built.change, audited: [draft] } };
}

/**
 * Version of the rules for opt-ins and opt-outs that come through another channel than a text. Stored in the ledger.
 */
export const DOOR_RULES = 'door-1';

/** The carrier had no part in the act. */
export const NO_CARRIER = { answered: false, blocks: false, unblocks: false, scope: null } as const;

export const newPromptId = (): string => `p_${randomBytes(9).toString('base64url')}`;
