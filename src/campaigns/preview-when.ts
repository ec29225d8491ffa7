import type { Desk } from '../consent/desk.ts';
import type { Contact } from '../contacts/find-contact.ts';
import { EMPTY_PROFILE } from '../domain/audience/profile.ts';
import { dueAt, localZones } from '../domain/campaigns/due.ts';
import { type Fate, forecast } from '../domain/campaigns/forecast.ts';
import { timesAfter } from '../domain/campaigns/repeat.ts';
import type { Placed } from '../domain/campaigns/sum-up.ts';
import { later, type Order, startOf } from '../domain/campaigns/when.ts';
import { type Whereabouts, zonesOfPerson } from '../domain/hours/zones-of-person.ts';
import { type Program, senderRate, type Topic } from '../domain/program.ts';
import { compile } from '../domain/segments/compile.ts';
import type { Resolved } from '../domain/segments/tree.ts';
import { CLASS_OF, topicVerdict } from '../domain/sending/reach.ts';
import type { Issued } from '../domain/templates/issued.ts';
import { countParts } from '../domain/text/parts.ts';
import { SPARE_MS } from '../sending/quiet-hours.ts';
import { contactsAmong, gatherAudience } from '../store/audience.ts';
import { campaignDigest } from '../store/campaign-row.ts';
import { type ContactDoc, findContacts } from '../store/contacts.ts';
import { openJoined, readJoined } from '../store/joined.ts';
import { KeyMissing } from '../store/keys.ts';
import type { MessageTemplateDoc } from '../store/message-templates.ts';
import { SealBroken } from '../store/sealing.ts';
import { sampleIssued } from './issue.ts';
import { mergeFor } from './merge-for.ts';
import { onOtherNumber } from './one-per-person.ts';
import { CountTookLong } from './preview-audience.ts';

/** Most people whose message is placed one by one; beyond, a fair sample of as many stands for all. */
export const MOST_PLACED = 5000;

/** Whose message comes when: what a campaign would do that is started now in this way. */
export type Plan = {
  id: string;
  program: Program;
  topic: Topic;
  template: MessageTemplateDoc;
  segment: Resolved;
  order: Order;
};

export type Timing = {
  /** People of the segment, and of how many of them what follows speaks. */
  people: number;
  judged: number;
  start: Date;
  /** Of those judged, everyone who may get it. */
  placed: Placed[];
  end: Date | null;
  /** Segments a second of the program's senders, and how long all people's messages take at it, ms; null: no sender. */
  perSecond: number;
  lastsMs: number | null;
};

const YIELD_EVERY = 30;

/** How long the count may take, ms. */
const COUNT_MS = 10_000;

/** When people would get a campaign, were nothing else sent. Nothing is kept. Throws `CountTookLong`. */
export async function previewWhen(desk: Desk, plan: Plan): Promise<Timing> {
  const now = desk.now();
  const { program, order } = plan;
  const start = startFor(plan, now);
  const who = compile(plan.segment, start);
  const asked = { some: MOST_PLACED, budgetMs: COUNT_MS, most: false };
  const gathered = await gatherAudience(desk.store, who, asked);
  if (gathered === null) throw new CountTookLong();
  const { people, ids } = gathered;
  const stored = await findContacts(desk.store, ids);
  const mayGet = await addressees(desk, plan, stored, { start, now: later(start, now) });
  const weight = stored.length === 0 ? 1 : people / stored.length;
  const { book } = desk.catalog.current();
  const pool = book.senders.filter(({ number }) => program.numbers.includes(number));
  const perSecond = pool.reduce((sum, sender) => sum + senderRate(sender), 0);
  const going = mayGet.filter((one) => !one.missed);
  const { fates, end } = forecast(perSecond === 0 ? [] : going, {
    perSecond,
    weight,
    deadline: deadlineOf(order, start),
    quietHours: CLASS_OF[plan.topic.purpose] === 'marketing' && program.quietHours !== 'off',
    spareMs: SPARE_MS,
  });
  const missed = mayGet.filter((one) => one.missed).map((one) => ({ ...one, ...NEVER }));
  const parts = going.reduce((sum, one) => sum + one.parts, 0) * weight;
  return {
    ...{ people, start, end, perSecond, judged: stored.length },
    placed: [...going.map((one, at) => ({ ...one, ...(fates[at] ?? NEVER) })), ...missed],
    lastsMs: perSecond === 0 ? null : (parts / perSecond) * 1000,
  };
}

const NEVER: Fate = { at: null, why: null, held: null };

/** A recurrence is shown by its next run. */
function startFor({ order, program }: Plan, now: Date): Date {
  const [next] = order.repeat === null ? [] : timesAfter(order.repeat, program.zone, now, 1);
  return next ?? startOf(order, program.zone, now);
}

function deadlineOf({ deadline, repeat }: Order, start: Date): Date | null {
  const validMs = repeat?.validMs ?? null;
  return validMs === null ? deadline : new Date(start.getTime() + validMs);
}

type Due = { due: Date; missed: boolean; late: boolean; parts: number; where: Whereabouts; zone: string };

async function addressees(
  desk: Desk,
  plan: Plan,
  people: readonly ContactDoc[],
  times: { start: Date; now: Date },
): Promise<Due[]> {
  const joined = await readJoined(desk.store, people);
  const others = await onOtherNumber(desk, people, {
    about: plan,
    among: (contacts) => contactsAmong(desk.store, compile(plan.segment, times.start), contacts),
    planned: null,
  });
  const issued = await sampleIssued(desk);
  const found: Due[] = [];
  for (const [at, stored] of people.entries()) {
    if (at % YIELD_EVERY === 0) await new Promise(setImmediate);
    try {
      const contact = { ...openJoined(desk.ring, stored, joined), stored };
      const one = placeOf(desk, { ...plan, issued }, contact, times);
      if (one !== null && !others.has(stored._id)) found.push(one);
    } catch (error) {
      if (!(error instanceof KeyMissing || error instanceof SealBroken)) throw error;
    }
  }
  return found;
}

/** Null where they may not get it, or no text can be made of what is known of them. */
function placeOf(
  desk: Desk,
  { id, program, topic, template, order, issued }: Plan & { issued: Issued },
  contact: Contact,
  { start, now }: { start: Date; now: Date },
): Due | null {
  const { book } = desk.catalog.current();
  if (!topicVerdict(contact.person, book, program, topic.id, desk.now()).allowed) return null;
  const merging = { program, purpose: topic.purpose, language: null, issued };
  const { text, media, fault } = mergeFor(desk, template, contact, merging);
  if (text === null || fault !== null) return null;
  const parts = media.length > 0 ? 1 : countParts(text).parts;
  const where = zonesOfPerson(contact.stored.profile?.place ?? EMPTY_PROFILE.place, contact.number);
  const digest = campaignDigest(id, contact.index);
  const due = dueAt(order, start, { where, digest }, program.zone, now);
  const [zone = program.zone] = localZones(where, program.zone);
  const passed = due.at < now;
  const late = passed && order.local !== null;
  // What is late leaves as soon as it is planned.
  return { due: passed ? now : due.at, missed: due.missed, late, parts, where, zone };
}
