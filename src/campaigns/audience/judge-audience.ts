import type { Desk } from '../../consent/desk.ts';
import type { Contact } from '../../contacts/find-contact.ts';
import { EMPTY_PROFILE } from '../../domain/audience/profile.ts';
import { zonesOfPerson } from '../../domain/hours/zones-of-person.ts';
import type { Program, Topic } from '../../domain/program.ts';
import type { Filter } from '../../domain/segments/compile/filter.ts';
import type { Reason } from '../../domain/sending/may-receive.ts';
import { CLASS_OF, verdictNow } from '../../domain/sending/reach.ts';
import { type SenderFor, sendersFor } from '../../sending/pacing/senders-for.ts';
import { createHours, type Hold } from '../../sending/quiet-hours.ts';
import { contactsAmong } from '../../store/campaigns/audience.ts';
import type { ContactDoc } from '../../store/people/contacts.ts';
import { openJoined, readJoined } from '../../store/people/joined.ts';
import { capsOf } from '../flight/caps-of.ts';
import { onOtherNumber } from './one-per-person.ts';
import { readable } from './readable.ts';

/** What a message would be about: who may get it follows from it. */
export type About = { program: Program; topic: Topic };

/** What became of some people who were judged one by one. Everybody is allowed, held, capped or refused. */
export type Judged = {
  of: number;
  allowed: number;
  /** Whom consent permits it and hours do not, by when they may, ms; `by`: sources of the rules. */
  held: Map<number, { people: number; by: Set<string> }>;
  capped: number;
  /** A person may have several reasons. */
  refused: Map<Reason, number>;
  unreadable: number;
  /** By the best of the zones that may be theirs; `weak`: of how many it is not sure. */
  zones: Map<string, { people: number; weak: number }>;
  samples: { id: string; number: string }[];
};

/** Decides of each whether they may get a message now, by the rules that the gate will ask. */
export async function judgeAudience(
  desk: Desk,
  stored: readonly ContactDoc[],
  { about, samples, who }: { about: About; samples: number; who: Filter },
  now: Date,
): Promise<Judged> {
  const people = await openAll(desk, stored);
  const judged: Judged = {
    of: stored.length,
    allowed: 0,
    capped: 0,
    unreadable: stored.length - people.length,
    held: new Map(),
    refused: new Map(),
    zones: new Map(),
    samples: people.slice(0, samples).map(({ id, number }) => ({ id, number })),
  };
  const others = await onOtherNumber(desk, stored, {
    about,
    among: (contacts) => contactsAmong(desk.store, who, contacts),
    planned: null,
  });
  for (const contact of people) countZone(judged, contact);
  const senderFor = await sendersFor(desk, about.program, stored);
  const consenting = people.filter((contact) => consents(judged, contact, { about, others, senderFor }, now));
  const consented = consenting.map((one) => one.stored);
  const capped = await capsOf(desk, consented, about);
  const hours = createHours(now);
  for (const contact of consenting) {
    const bounds = readable(desk, contact.id, () =>
      hours({ class: CLASS_OF[about.topic.purpose] }, contact, about.program),
    );
    if (bounds === null) judged.unreadable += 1;
    else if (capped.has(contact.id)) judged.capped += 1;
    else countHours(judged, bounds.hold);
  }
  return judged;
}

async function openAll(desk: Desk, stored: readonly ContactDoc[]): Promise<Contact[]> {
  const joined = await readJoined(desk.store, stored);
  return stored.flatMap(
    (one) =>
      readable(desk, one._id, (): Contact => ({ ...openJoined(desk.ring, one, joined), stored: one })) ?? [],
  );
}

/** Whether consent permits it, from a number that writes to them, and no other number of theirs gets it; else the reasons are counted. */
function consents(
  judged: Judged,
  contact: Contact,
  { about, others, senderFor }: { about: About; others: ReadonlySet<string>; senderFor: SenderFor },
  now: Date,
): boolean {
  const { program, topic } = about;
  const moment = { program, from: senderFor(contact), quiet: false, now };
  const verdict = verdictNow(contact.person, topic, moment);
  if (verdict.allowed && !others.has(contact.id)) return true;
  for (const reason of verdict.allowed ? (['same-person'] as const) : verdict.reasons)
    judged.refused.set(reason, (judged.refused.get(reason) ?? 0) + 1);
  return false;
}

function countHours(judged: Judged, hold: Hold | null): void {
  if (hold === null) {
    judged.allowed += 1;
    return;
  }
  if (hold.where.noHour) {
    judged.refused.set('quiet-hours', (judged.refused.get('quiet-hours') ?? 0) + 1);
    return;
  }
  const { people, by } = judged.held.get(hold.until.getTime()) ?? { people: 0, by: new Set<string>() };
  judged.held.set(hold.until.getTime(), { people: people + 1, by: by.add(hold.by) });
}

function countZone(judged: Judged, { stored, number }: Contact): void {
  const where = zonesOfPerson(stored.profile?.place ?? EMPTY_PROFILE.place, number);
  const zone = where.zones[0] ?? 'unknown';
  const { people, weak } = judged.zones.get(zone) ?? { people: 0, weak: 0 };
  judged.zones.set(zone, { people: people + 1, weak: weak + (where.confidence === 'weak' ? 1 : 0) });
}
