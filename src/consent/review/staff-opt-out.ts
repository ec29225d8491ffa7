import { isOut } from '../../domain/consent/carrier-block.ts';
import type { ConsentState } from '../../domain/consent/consent-state.ts';
import type { PersonAct } from '../../domain/consent/decision.ts';
import { REVIEWED } from '../../domain/consent/ledger-reasons.ts';
import { optOutByReview } from '../../domain/consent/staff-review.ts';
import type { Scope } from '../../domain/consent/suppression.ts';
import { cancelAndDrain } from '../../sending/cancel-and-drain.ts';
import type { InboundDoc } from '../../store/consent/inbound-texts.ts';
import { makeDueNow } from '../../store/deliveries/queue.ts';
import type { AppContext } from '../app-context.ts';
import type { BuiltChange } from '../build-change.ts';
import { type ConsentAct, commitAct, NO_CARRIER, newPromptId } from '../commit-act.ts';
import { closedIn } from '../drain-opt-out.ts';
import { decisionContextOf, dueNow } from '../inbound/interpret.ts';

/** Version of the rules by which staff decide. */
export const REVIEW_RULES = 'review-1';

/** What a member of staff decided about a person's words. */
type Reviewed = {
  /** The contact that wrote the words. Nothing is decided about a later holder of the number. */
  contact: string;
  number: string;
  /** The text that was read; null when it is no longer known. */
  text: Pick<InboundDoc, '_id' | 'to' | 'receivedAt' | 'sealed'> | null;
  /** When the text came; used when the text itself is not known. */
  since: Date;
  /** The person also says that they are not the person we mean. */
  wrongNumber: boolean;
  actor: string;
  /** Where and why this was decided. Kept sealed in the ledger. */
  origin: Record<string, string>;
  audited?: ConsentAct['audited'];
  /** False when this is no longer to be decided. Called with the person as the opt-out is written on. */
  open: (person: ConsentState) => boolean;
};

export type OptedOut = {
  /** Whether a confirmation was planned as a text. */
  confirmed: boolean;
  /**
   * The scopes that this opt-out closed or that the same text had closed before; empty when the person has confirmed
   * everything open since.
   */
  ended: Scope[];
  /** Programs that the person has confirmed since the text and stays in. */
  spared: string[];
  at: Date;
};

/**
 * Writes an opt-out of everything that staff read out of a person's text, and drains it as any other opt-out. A text
 * confirms it while that is still allowed. Returns null, and writes nothing, when it is no longer to be decided or
 * the number has another holder.
 */
export async function optOutReviewed(context: AppContext, reviewed: Reviewed): Promise<OptedOut | null> {
  const catalog = context.catalog.current();
  const { number, text, actor, origin } = reviewed;
  const act = actOf(reviewed);
  const prepared = await commitAct(context, {
    number,
    channel: 'VIA_TEXT',
    from: text?.to ?? null,
    actor,
    rules: REVIEW_RULES,
    personal: { number, origin: JSON.stringify(origin) },
    answers: text === null ? null : { sid: text._id, receivedAt: act.receivedAt },
    ...(text !== null && { answered: text }),
    alone: true,
    ...(reviewed.audited === undefined ? {} : { audited: reviewed.audited }),
    decide: (person, now, { contact, replyId }) => {
      if (contact !== reviewed.contact || !reviewed.open(person)) return null;
      return optOutByReview({ ...decisionContextOf(act, person, catalog, newPromptId), replyId }, now);
    },
  });
  if (prepared === null) return null;
  const { contact, rev, personId, follows, change, person } = prepared;
  const ended: Scope[] = isOut(person) ? ['all'] : closedIn(change.events);
  if (ended.length > 0) {
    const { prompts } = person;
    await cancelAndDrain(
      context.store,
      { contact, rev, personId, follows, prompts, scopes: ended },
      context.monotonic,
    );
  }
  const rows = change.deliveries;
  await makeDueNow(context.store, dueNow({ receivedAt: act.receivedAt }, rows));
  const at = recordedAt(prepared, context.now());
  const spared = person.subscriptions.filter(({ state }) => state === 'subscribed');
  return { confirmed: rows.length > 0, ended, spared: spared.map(({ program }) => program), at };
}

/** When an act was written, as its ledger entries say. */
export const recordedAt = ({ change: { events } }: BuiltChange, now: Date): Date =>
  events[0]?.recordedAt ?? now;

function actOf({ text, since, wrongNumber }: Reviewed): PersonAct {
  const rule = { language: null, rule: REVIEWED, rules: REVIEW_RULES };
  return {
    channel: 'VIA_TEXT',
    number: text?.to ?? '',
    receivedAt: text?.receivedAt ?? since,
    reading: { ...rule, kind: 'stop-all', by: 'scored', wrongNumber },
    readBy: 'staff',
    words: '',
    carrier: NO_CARRIER,
  };
}
