import { randomBytes } from 'node:crypto';
import type { Desk } from '../consent/desk.ts';
import { withActivity } from '../domain/audience/activity.ts';
import { fadesAt } from '../domain/audience/engagement.ts';
import { stageAfterEvent } from '../domain/audience/stage-rules.ts';
import { codeId, holderOfCode } from '../store/campaigns/coupon-codes.ts';
import { findDeliveries } from '../store/deliveries/deliveries.ts';
import { findHolders } from '../store/people/contacts.ts';
import { type EventDoc, type Redeemed, recordEvent } from '../store/people/events.ts';
import { readStages } from '../store/people/stages.ts';

export type Happening = {
  who: { contact: string } | { number: string };
  type: string;
  at: Date;
  /** To the cent; null where it was worth nothing. */
  amount: number | null;
  /** Its source's own id for it; null where it has none, and then every post is another event. */
  id: string | null;
  /** The code of a message that was told with it, maybe another person's. */
  coupon?: Coupon;
};

type Coupon = { pool: string; code: string };

export type TakenEvent =
  | { kind: 'recorded' | 'again'; contact: string }
  | { kind: 'no-contact' }
  /** The pool has no such code, or nobody was given it. */
  | { kind: 'no-coupon' }
  /** The id stands for an event that differs. */
  | { kind: 'other-event'; contact: string };

/** Longest that one event may take, ms. */
const BUDGET_MS = 8000;

/**
 * Keeps what a person did, counts it in their profile and moves them to the stage that a rule says, once for its id.
 * Nobody is made by it.
 */
export async function takeEvent(desk: Desk, happening: Happening): Promise<TakenEvent> {
  const { who, type, at, amount, id } = happening;
  const worth = amount ?? 0;
  const coupon = happening.coupon === undefined ? null : await redeemed(desk, happening.coupon);
  if (coupon === 'no-coupon') return { kind: coupon };
  const contact =
    'contact' in who ? who.contact : (await findHolders(desk.store, [desk.indexOf(who.number)]))[0]?._id;
  if (contact === undefined) return { kind: 'no-contact' };
  // Hashed, since an id may hold a number or a name.
  const _id = id === null ? `e_${randomBytes(12).toString('base64url')}` : desk.indexOf(`event ${id}`);
  const { rules } = await readStages(desk.store);
  const now = desk.now();
  const event: EventDoc = {
    _id,
    contact,
    type,
    at,
    amount,
    receivedAt: now,
    ...(coupon === null ? {} : { coupon }),
  };
  const result = await recordEvent(
    desk.store,
    event,
    ({ days: before, stage }) => {
      const days = withActivity(before, { type, at, amount: worth }, now);
      const doer = { stage, days, type, amount: worth };
      return { days, fadesAt: fadesAt(days), stage: stageAfterEvent(rules, doer, now) };
    },
    BUDGET_MS,
  );
  if (result.kind !== 'again') return result.kind === 'recorded' ? { kind: 'recorded', contact } : result;
  return isSame(result.event, event) ? { kind: 'again', contact } : { kind: 'other-event', contact };
}

async function redeemed(desk: Desk, { pool, code }: Coupon): Promise<Redeemed | 'no-coupon'> {
  const delivery = await holderOfCode(desk.store, pool, code);
  if (delivery === null) return 'no-coupon';
  const campaign = (await findDeliveries(desk.store, [delivery]))[0]?.campaign;
  return { code: codeId(pool, code), delivery, ...(campaign === undefined ? {} : { campaign }) };
}

const isSame = (a: EventDoc, b: EventDoc): boolean =>
  a.contact === b.contact &&
  a.type === b.type &&
  a.at.getTime() === b.at.getTime() &&
  a.amount === b.amount &&
  a.coupon?.code === b.coupon?.code;
