import { isOut } from '../../domain/consent/carrier-block.ts';
import type { ConsentState } from '../../domain/consent/consent-state.ts';
import type { PersonAct } from '../../domain/consent/decision.ts';
import { optOutByReview } from '../../domain/consent/staff-review.ts';
import { REVIEWED, type Scope } from '../../domain/consent/suppression.ts';
import { cancelAndDrain } from '../../sending/cancel-and-drain.ts';
import type { InboundDoc } from '../../store/consent/inbound-texts.ts';
import { makeDueNow } from '../../store/deliveries/queue.ts';
import type { AppContext } from '../app-context.ts';
import type { BuiltChange } from '../build-change.ts';
import { commitAct, NO_CARRIER, newPromptId } from '../commit-act.ts';
import { closedIn } from '../drain-opt-out.ts';
import { decisionContextOf, dueNow } from '../inbound/interpret.ts';

/** Version of the rules by which a person decides. */
export const REVIEW_RULES = 'review-1';

/** What a member of staff decided about a person's words. */
type Reviewed = {
  /** Who wrote it: about whoever has their number after them nothing is decided. */
  contact: string;
  number: string;
  /** The text that was read; null where it is not known any more. */
  text: Pick<InboundDoc, '_id' | 'to' | 'receivedAt' | 'sealed'> | null;
  /** When it came, where the text itself is not known. */
  since: Date;
  /** They also say that they are not the person we mean. */
  wrongNumber: boolean;
  actor: string;
  /** Where it was decided and why, kept sealed in the ledger. */
  origin: Record<string, string>;
  /** False: it is no longer to be decided. Asked on the facts that the opt-out is written on. */
  open: (person: ConsentState) => boolean;
};

export type OptedOut = {
  /** By a text. */
  confirmed: boolean;
  /** What it closed, or the same text had closed already; nothing where all that is open was confirmed since. */
  ended: Scope[];
  /** Programs that they confirmed since, and stay in. */
  spared: string[];
  at: Date;
};

/**
 * An opt-out of everything that someone read out of a person's text, with steps (a) to (d) of any other. Confirmed by
 * text while that is still allowed. Null where it was no longer to be decided, or the number has another holder; nothing
 * is written then.
 */
export async function optOutReviewed(desk: AppContext, reviewed: Reviewed): Promise<OptedOut | null> {
  const catalog = desk.catalog.current();
  const { number, text, actor, origin } = reviewed;
  const act = actOf(reviewed);
  const prepared = await commitAct(desk, {
    number,
    channel: 'VIA_TEXT',
    from: text?.to ?? null,
    actor,
    rules: REVIEW_RULES,
    personal: { number, origin: JSON.stringify(origin) },
    answers: text === null ? null : { sid: text._id, receivedAt: act.receivedAt },
    ...(text !== null && { answered: text }),
    alone: true,
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
      desk.store,
      { contact, rev, personId, follows, prompts, scopes: ended },
      desk.monotonic,
    );
  }
  const rows = change.deliveries;
  await makeDueNow(desk.store, dueNow({ receivedAt: act.receivedAt }, rows));
  const at = recordedAt(prepared, desk.now());
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
    words: '',
    carrier: NO_CARRIER,
  };
}
