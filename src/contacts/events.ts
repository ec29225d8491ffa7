import { randomBytes } from 'node:crypto';
import type { AppContext } from '../consent/app-context.ts';
import { fadesAt, withActivity } from '../domain/contacts/activity.ts';
import { silentOnes, stageAfterEvent } from '../domain/contacts/stages.ts';
import { compile } from '../domain/segments/query.ts';
import {
  type EventDoc,
  findEvent,
  moveToStage,
  type Redeemed,
  readStages,
  recordEvent,
} from '../store/contacts/activity.ts';
import { findHolders } from '../store/contacts/contacts.ts';
import { findDeliveries } from '../store/deliveries/delivery.ts';
import { codeId, holderOfCode } from '../store/templates/coupons.ts';

/**
 * Moves people to another stage who have not done something for as long as a rule says. Each comes into it now, so no other
 * rule takes them on in the same run. Safe to run anywhere, twice, or half: who was moved fits no more.
 */
export async function moveSilent(
  { store, now }: AppContext,
  { goOn }: { goOn: () => boolean },
): Promise<{ moved: number }> {
  let moved = 0;
  for (const rule of (await readStages(store)).rules) {
    if (rule.kind !== 'did-not' || !goOn()) continue;
    moved += await moveToStage(store, compile(silentOnes(rule), now()), { to: rule.to, now, goOn });
  }
  return { moved };
}

export type IncomingEvent = {
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
  /** The id stands for an event that differs. `ofOther`: in whose it is alone, so that it tells whose this number is not. */
  | { kind: 'other-event'; contact: string | null; ofOther: boolean };

/** Longest that one event may take, ms. */
const BUDGET_MS = 8000;

/**
 * Keeps what a person did, counts it in their profile and moves them to the stage that a rule says, once for its id.
 * Nobody is made by it.
 */
export async function recordContactEvent(desk: AppContext, happening: IncomingEvent): Promise<TakenEvent> {
  const { who, type, at, amount, id } = happening;
  const worth = amount ?? 0;
  const coupon = happening.coupon === undefined ? null : await redeemed(desk, happening.coupon);
  if (coupon === 'no-coupon') return { kind: coupon };
  const contact = await whoseOf(desk, who);
  // Hashed, since an id may hold a number or a name.
  const _id = id === null ? `e_${randomBytes(12).toString('base64url')}` : desk.indexOf(`event ${id}`);
  const now = desk.now();
  const deed: EventFacts = { _id, type, at, amount, receivedAt: now, ...(coupon === null ? {} : { coupon }) };
  if (contact === null) return ofNobody(desk, deed);
  const { rules } = await readStages(desk.store);
  const result = await recordEvent(
    desk.store,
    { ...deed, contact },
    ({ days: before, stage }) => {
      const days = withActivity(before, { type, at, amount: worth }, now);
      const doer = { stage, days, type, amount: worth };
      return { days, fadesAt: fadesAt(days), stage: stageAfterEvent(rules, doer, now) };
    },
    BUDGET_MS,
  );
  if (result.kind !== 'again') return result.kind === 'recorded' ? { kind: 'recorded', contact } : result;
  return against(result.event, deed, contact);
}

async function whoseOf({ store, indexOf }: AppContext, who: IncomingEvent['who']): Promise<string | null> {
  if ('contact' in who) return who.contact;
  return (await findHolders(store, [indexOf(who.number)]))[0]?._id ?? null;
}

/** What an event was, whoever did it. */
type EventFacts = Omit<EventDoc, 'contact'>;

/** An id that stands for another event is told of an unknown number as of a known one: else it would tell which is known. */
async function ofNobody({ store }: AppContext, deed: EventFacts): Promise<TakenEvent> {
  const standing = await findEvent(store, deed._id);
  return standing === null ? { kind: 'no-contact' } : against(standing, deed, null);
}

function against(standing: EventDoc, deed: EventFacts, contact: string | null): TakenEvent {
  const ofOther = isSame(standing, deed);
  return ofOther && standing.contact === contact
    ? { kind: 'again', contact }
    : { kind: 'other-event', contact, ofOther };
}

async function redeemed(desk: AppContext, { pool, code }: Coupon): Promise<Redeemed | 'no-coupon'> {
  const delivery = await holderOfCode(desk.store, pool, code);
  if (delivery === null) return 'no-coupon';
  const campaign = (await findDeliveries(desk.store, [delivery]))[0]?.campaign;
  return { code: codeId(pool, code), delivery, ...(campaign === undefined ? {} : { campaign }) };
}

const isSame = (a: EventFacts, b: EventFacts): boolean =>
  a.type === b.type &&
  a.at.getTime() === b.at.getTime() &&
  a.amount === b.amount &&
  a.coupon?.code === b.coupon?.code;
