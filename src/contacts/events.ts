import { randomBytes } from 'node:crypto';
import type { AppContext } from '../consent/app-context.ts';
import { personSubject, recordAudit, recordTriedNumber } from '../consent/audit/audit.ts';
import type { Actor } from '../domain/access/actor.ts';
import { fadesAt, withActivity } from '../domain/contacts/activity.ts';
import { type FieldFault, STAGES } from '../domain/contacts/profile-changes.ts';
import {
  faultsInStageRules,
  type StageRule,
  silentOnes,
  stageAfterEvent,
} from '../domain/contacts/stages.ts';
import { cutPage, type Page, type PageRequest } from '../domain/page.ts';
import { compile } from '../domain/segments/query.ts';
import {
  changeStages,
  type EventDoc,
  findEvent,
  moveToStage,
  type Redeemed,
  readEventTypes,
  readStages,
  recordEvent,
  type SeenEventType,
} from '../store/contacts/activity.ts';
import { findHolders } from '../store/contacts/contacts.ts';
import { findDeliveries } from '../store/deliveries/delivery.ts';
import { codeId, holderOfCode } from '../store/templates/coupons.ts';
import { type Tries, takeTries } from './number-tries.ts';

/** The stages that a person can be in, and the rules that move people from one to another. */
type StageSettings = { usual: readonly string[]; own: string[]; rules: StageRule[] };

export async function showStageSettings({ store }: Pick<AppContext, 'store'>): Promise<StageSettings> {
  return { usual: STAGES, ...(await readStages(store)) };
}

/** Rules that name stages which do not exist, or lead nowhere. */
export class FaultyStageRules extends Error {
  override name = 'FaultyStageRules';
  readonly faults: readonly FieldFault[];
  constructor(faults: readonly FieldFault[]) {
    super('the rules cannot be used');
    this.faults = faults;
  }
}

/**
 * Defines the stages of the installation and their rules; without `rules` the rules stay. A person in a stage that
 * is left out stays in it, but nobody can be put into it any more. Throws `FaultyStageRules`; nothing is changed
 * then.
 */
export async function defineStages(
  context: Pick<AppContext, 'audit' | 'log' | 'now' | 'store'>,
  { actor, own: names, rules: wanted }: { actor: Actor; own: readonly string[]; rules?: StageRule[] },
): Promise<StageSettings> {
  const usual: readonly string[] = STAGES;
  const own = [...new Set(names)].filter((name) => !usual.includes(name));
  const stages = await changeStages(
    context.store,
    (before) => {
      const rules = wanted ?? before.rules;
      const faults = faultsInStageRules(rules, new Set([...STAGES, ...own]));
      if (faults.length > 0) throw new FaultyStageRules(faults);
      return { own, rules };
    },
    context.now(),
  );
  const details = { stages: own.length, rules: stages.rules.length };
  await recordAudit(context, { actor, act: 'stages-defined', subject: null, details });
  return { usual, ...stages };
}

/**
 * Moves people to another stage who have not done something for as long as a rule says. Each enters the new stage
 * now, so no other rule moves them again in the same run. Safe to run concurrently, twice, or only in part: a moved
 * person no longer matches.
 */
export async function moveSilent(
  { store, now }: Pick<AppContext, 'now' | 'store'>,
  { goOn }: { goOn: () => boolean },
): Promise<{ moved: number }> {
  let moved = 0;
  for (const rule of (await readStages(store)).rules) {
    if (rule.kind !== 'did-not' || !goOn()) continue;
    moved += await moveToStage(store, compile(silentOnes(rule), now()), { to: rule.to, now, goOn });
  }
  return { moved };
}

/** Lists the types of the events that were ever recorded, in order. */
export async function listEventTypes(
  { store }: Pick<AppContext, 'store'>,
  { after, limit }: PageRequest,
): Promise<Page<SeenEventType>> {
  return cutPage(await readEventTypes(store, { after, limit: limit + 1 }), limit, ({ type }) => type);
}

export type IncomingEvent = {
  who: { contact: string } | { number: string };
  type: string;
  at: Date;
  /** Exact to the cent; null when the event was worth nothing. */
  amount: number | null;
  /** The id that the sending system gave the event; null when it gave none, and then every post is another event. */
  id: string | null;
  /** A coupon code that was reported with the event. Another person may have received the code. */
  coupon?: Coupon;
};

type Coupon = { pool: string; code: string };

export type TakenEvent =
  | { kind: 'recorded' | 'again'; contact: string }
  | { kind: 'no-contact' }
  /** The pool has no such code, or no delivery has the code. */
  | { kind: 'no-coupon' }
  /**
   * The id belongs to a different event. `ofOther`: the two differ in their person only, so the answer would tell
   * that this number is not that person's.
   */
  | { kind: 'other-event'; contact: string | null; ofOther: boolean };

/** Longest that recording one event may take, ms. */
const BUDGET_MS = 8000;

/**
 * Records an event, counts it in the person's profile and moves the person to the stage that a rule says, once per
 * event id. Never creates a contact.
 */
export async function recordContactEvent(
  context: Pick<AppContext, 'indexOf' | 'now' | 'store'>,
  happening: IncomingEvent,
): Promise<TakenEvent> {
  const { who, type, at, amount, id } = happening;
  const worth = amount ?? 0;
  const coupon = happening.coupon === undefined ? null : await redeemed(context, happening.coupon);
  if (coupon === 'no-coupon') return { kind: coupon };
  const contact = await whoseOf(context, who);
  // Hashed, because an id may contain a number or a name.
  const _id = id === null ? `e_${randomBytes(12).toString('base64url')}` : context.indexOf(`event ${id}`);
  const now = context.now();
  const deed: EventFacts = { _id, type, at, amount, receivedAt: now, ...(coupon === null ? {} : { coupon }) };
  if (contact === null) return ofNobody(context, deed);
  const { rules } = await readStages(context.store);
  const result = await recordEvent(
    context.store,
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

async function whoseOf(
  { store, indexOf }: Pick<AppContext, 'indexOf' | 'store'>,
  who: IncomingEvent['who'],
): Promise<string | null> {
  if ('contact' in who) return who.contact;
  return (await findHolders(store, [indexOf(who.number)]))[0]?._id ?? null;
}

/** An event without its person. */
type EventFacts = Omit<EventDoc, 'contact'>;

/**
 * An id that belongs to another event is reported for an unknown number as for a known one: otherwise the answer
 * would tell which numbers are known.
 */
async function ofNobody({ store }: Pick<AppContext, 'store'>, deed: EventFacts): Promise<TakenEvent> {
  const standing = await findEvent(store, deed._id);
  return standing === null ? { kind: 'no-contact' } : against(standing, deed, null);
}

function against(standing: EventDoc, deed: EventFacts, contact: string | null): TakenEvent {
  const ofOther = isSame(standing, deed);
  return ofOther && standing.contact === contact
    ? { kind: 'again', contact }
    : { kind: 'other-event', contact, ofOther };
}

async function redeemed(
  context: Pick<AppContext, 'store'>,
  { pool, code }: Coupon,
): Promise<Redeemed | 'no-coupon'> {
  const delivery = await holderOfCode(context.store, pool, code);
  if (delivery === null) return 'no-coupon';
  const campaign = (await findDeliveries(context.store, [delivery]))[0]?.campaign;
  return { code: codeId(pool, code), delivery, ...(campaign === undefined ? {} : { campaign }) };
}

const isSame = (a: EventFacts, b: EventFacts): boolean =>
  a.type === b.type &&
  a.at.getTime() === b.at.getTime() &&
  a.amount === b.amount &&
  a.coupon?.code === b.coupon?.code;

type EventCaller = {
  actor: Actor;
  /** Null for a key that must not learn whether the number was known. */
  tries: Tries | null;
  /** Counts a number against those that the key may name. Throws when the key may name no more. */
  countNumber: (isKnown: boolean) => Promise<void>;
};

type EventOutcome =
  | { kind: 'taken'; contact: string; repeated: boolean }
  /** The key may not learn whether the number was known, nor whether anything was recorded. */
  | { kind: 'untold' }
  | { kind: 'no-contact' }
  | { kind: 'no-coupon' }
  /** The id belongs to a different event. */
  | { kind: 'differs' };

/**
 * Records an event that the API was told of. Never creates a contact: about an unknown number nothing is stored. Throws
 * `TriesSpent`.
 */
export async function takeEvent(
  context: AppContext,
  event: IncomingEvent,
  { actor, tries, countNumber }: EventCaller,
): Promise<EventOutcome> {
  const number = 'number' in event.who ? event.who.number : null;
  if (number !== null) await takeTries(context, [number], tries);
  const taken = await recordContactEvent(context, event);
  if (taken.kind === 'no-coupon') return { kind: 'no-coupon' };
  if (taken.kind === 'other-event' && !taken.ofOther) return { kind: 'differs' };
  if (number !== null && tries === null) return { kind: 'untold' };
  if (taken.kind === 'no-contact') {
    if (number !== null) await recordTriedNumber(context, actor, null);
    return { kind: 'no-contact' };
  }
  if (taken.kind === 'other-event') {
    // An event that belongs to another number counts like an unknown number: otherwise a caller could try numbers
    // until one fits the event.
    if (number !== null) {
      await recordTriedNumber(context, actor, taken.contact);
      if (taken.contact !== null) await countNumber(false);
    }
    return { kind: 'differs' };
  }
  const { contact, kind } = taken;
  const repeated = kind === 'again';
  const subject = personSubject(contact);
  await recordAudit(context, {
    actor,
    act: 'event-recorded',
    subject,
    details: { type: event.type, repeated },
  });
  return { kind: 'taken', contact, repeated };
}
