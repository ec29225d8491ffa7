import type { AppContext } from '../consent/app-context.ts';
import { type OpenedContact, readable } from '../contacts/find-contact.ts';
import { isHeldOut } from '../domain/campaigns/experiment.ts';
import type { CapHit } from '../domain/caps/cap-rules.ts';
import { type HeardNumber, numberFor } from '../domain/contacts/person.ts';
import { EMPTY_PROFILE } from '../domain/contacts/profile.ts';
import { grouped } from '../domain/grouped.ts';
import { zonesOfPerson } from '../domain/hours/zones-of-person.ts';
import type { Program, Topic } from '../domain/program.ts';
import type { Filter } from '../domain/segments/clauses/clause.ts';
import { CLASS_OF, verdictNow } from '../domain/sending/message-plan.ts';
import type { Reason } from '../domain/sending/send-rules.ts';
import { readCaps } from '../sending/frequency-caps.ts';
import { type Hold, quietHoursAt } from '../sending/quiet-hours.ts';
import { type SenderFor, senderChooserFor } from '../sending/sender-selection.ts';
import { campaignRowId, messageStates } from '../store/campaigns/messages.ts';
import { contactsAmong } from '../store/contacts/audience.ts';
import { type ContactDoc, findNumbers } from '../store/contacts/contacts.ts';
import { openHolder } from '../store/contacts/open-contact.ts';
import { findOthers, type Joined, openJoined, readJoined } from '../store/contacts/person-facts.ts';

/** What a message would be about: who may get it follows from it. */
export type MessageSubject = { program: Program; topic: Topic };

/** What became of some people who were judged one by one. Everybody is allowed, held, capped or refused. */
export type Eligibility = {
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
export async function assessEligibility(
  desk: AppContext,
  stored: readonly ContactDoc[],
  { about, samples, who }: { about: MessageSubject; samples: number; who: Filter },
  now: Date,
): Promise<Eligibility> {
  const people = await openAll(desk, stored);
  const judged: Eligibility = {
    of: stored.length,
    allowed: 0,
    capped: 0,
    unreadable: stored.length - people.length,
    held: new Map(),
    refused: new Map(),
    zones: new Map(),
    samples: people.slice(0, samples).map(({ id, number }) => ({ id, number })),
  };
  const others = await reachedOnOtherNumber(desk, stored, {
    about,
    among: (contacts) => contactsAmong(desk.store, who, contacts),
    planned: null,
  });
  for (const contact of people) countZone(judged, contact);
  const senderFor = await senderChooserFor(desk, about.program, stored);
  const consenting = people.filter((contact) => consents(judged, contact, { about, others, senderFor }, now));
  const consented = consenting.map((one) => one.stored);
  const capped = await capHits(desk, consented, about);
  const hours = quietHoursAt(now);
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

async function openAll(desk: AppContext, stored: readonly ContactDoc[]): Promise<OpenedContact[]> {
  const joined = await readJoined(desk.store, stored);
  return stored.flatMap(
    (one) =>
      readable(
        desk,
        one._id,
        (): OpenedContact => ({ ...openJoined(desk.ring, one, joined), stored: one }),
      ) ?? [],
  );
}

/** Whether consent permits it, from a number that writes to them, and no other number of theirs gets it; else the reasons are counted. */
function consents(
  judged: Eligibility,
  contact: OpenedContact,
  { about, others, senderFor }: { about: MessageSubject; others: ReadonlySet<string>; senderFor: SenderFor },
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

function countHours(judged: Eligibility, hold: Hold | null): void {
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

function countZone(judged: Eligibility, { stored, number }: OpenedContact): void {
  const where = zonesOfPerson(stored.profile?.place ?? EMPTY_PROFILE.place, number);
  const zone = where.zones[0] ?? 'unknown';
  const { people, weak } = judged.zones.get(zone) ?? { people: 0, weak: 0 };
  judged.zones.set(zone, { people: people + 1, weak: weak + (where.confidence === 'weak' ? 1 : 0) });
}

type OncePer = {
  about: MessageSubject;
  /** Who of some contacts is in the audience too. */
  among: (contacts: readonly string[]) => Promise<ReadonlySet<string>>;
  /** Whose rows tell who has it already, planned up to a contact; null: nothing is planned yet. */
  planned: { campaign: string; to: string | null; edition: number | undefined } | null;
};

/**
 * Those of some people of an audience who get it on another number of theirs: of a person's numbers that are in the
 * audience and may get it, one does. A number whose row is planned keeps it, and one whose turn is over gets none, so that
 * nobody gets it twice, or never, whatever they text while slices are planned. Of several that have it planned since before
 * an edit, as where they were merged since, one keeps it. Without a merged contact it asks nothing.
 */
export async function reachedOnOtherNumber(
  desk: AppContext,
  people: readonly ContactDoc[],
  { about, among, planned }: OncePer,
): Promise<ReadonlySet<string>> {
  const persons = [...new Set(people.flatMap(({ personId }) => personId ?? []))];
  if (persons.length === 0) return new Set();
  const found = await findNumbers(desk.store, persons);
  const numbers = found.filter(({ current, sealed }) => current && sealed !== null);
  const inAudience = await among(numbers.map(({ _id }) => _id));
  const joined = await readJoined(desk.store, numbers);
  const rows = planned === null ? new Map<string, Row>() : await rowsOf(desk, planned.campaign, numbers);
  const isOver = ({ _id }: ContactDoc): boolean => rows.has(_id) || (planned?.to ?? '') >= _id;
  const senderFor = await senderChooserFor(desk, about.program, numbers);
  const allowed = numbers.filter((one) => isAllowed(desk, one, joined, { ...about, senderFor }));
  const byPerson = grouped(
    allowed.filter(({ _id }) => inAudience.has(_id)),
    ({ personId }) => personId ?? '',
  );
  const waits = ({ _id }: ContactDoc): boolean => isOlder(rows.get(_id), planned?.edition);
  const others = people.filter((one) => {
    const isTheirs = ({ personId }: ContactDoc): boolean => personId === one.personId;
    const own = waits(one)
      ? allowed.filter((other) => isTheirs(other) && waits(other))
      : (byPerson.get(one.personId ?? '') ?? []);
    const rivals = numbers.filter((other) => other._id !== one._id && isTheirs(other));
    return givesWay(one, { own, rivals }, { waits, isOver, has: (other) => has(rows.get(other._id)), about });
  });
  return new Set(others.map(({ _id }) => _id));
}

type Standing = Record<'waits' | 'isOver' | 'has', (number: ContactDoc) => boolean> & {
  about: MessageSubject;
};

/** Whether another number of the person gets it. `own`: of their numbers those that may stand for them, `rivals`: the others. */
function givesWay(
  one: ContactDoc,
  { own, rivals }: Record<'own' | 'rivals', readonly ContactDoc[]>,
  { waits, isOver, has: hasIt, about }: Standing,
): boolean {
  const isOne = ({ _id }: ContactDoc): boolean => _id === one._id;
  const isChosen = (among: readonly ContactDoc[]): boolean =>
    numberFor(among.map((other) => heard(other, about))) === one._id;
  // What may not get it gives way to none: it is refused by itself.
  if (!own.some(isOne)) return false;
  // What has it keeps it; only of those that have had it since before an edit one is chosen.
  if (rivals.some((other) => hasIt(other) && !(waits(one) && waits(other)))) return true;
  if (waits(one)) return !isChosen(own);
  // Whose turn is over gets none.
  return !isChosen(own.filter((other) => isOne(other) || !isOver(other)));
}

type Row = Awaited<ReturnType<typeof messageStates>>[number];

/** Who is held out on one number gets it on no other: else they would count as one who got nothing. */
const has = (row: Row | undefined): boolean =>
  row !== undefined && (isHeldOut(row.decision) || (row.state !== 'skipped' && row.state !== 'canceled'));

/** Whether a message waits that was written before the edition that is written now. */
const isOlder = (row: Row | undefined, edition: number | undefined): boolean =>
  row?.state === 'planned' && row.edition !== edition;

async function rowsOf(
  { store }: AppContext,
  campaign: string,
  numbers: readonly ContactDoc[],
): Promise<ReadonlyMap<string, Row>> {
  const ids = numbers.map(({ index }) => campaignRowId(campaign, index));
  return new Map((await messageStates(store, ids)).map((row) => [row.contact, row]));
}

/** From the number that it would leave from: their row is judged for it too. */
function isAllowed(
  desk: AppContext,
  stored: ContactDoc,
  joined: Joined,
  { program, topic, senderFor }: MessageSubject & { senderFor: SenderFor },
): boolean {
  const verdict = () => {
    const holder = openJoined(desk.ring, stored, joined);
    const moment = { program, from: senderFor(holder), quiet: false, now: desk.now() };
    return verdictNow(holder.person, topic, moment);
  };
  // A number that cannot be read gets nothing, and stands for no other.
  return readable(desk, stored._id, verdict)?.allowed ?? false;
}

const heard = (
  { _id: contact, repliedAt, subscriptions }: ContactDoc,
  { program }: MessageSubject,
): HeardNumber => ({
  contact,
  repliedAt: repliedAt ?? null,
  confirmedAt: subscriptions.find((one) => one.program === program.id)?.basis?.at ?? null,
});

/**
 * Of some people, by contact, the cap that keeps a message about a topic from them now; whoever has room is not among
 * them, nor is who gets the last place at this moment. One command for all. Nothing is reserved. Throws `KeyMissing` or
 * `SealBroken` where the law may bind someone whose number cannot be opened.
 */
export async function capHits(
  desk: AppContext,
  people: readonly ContactDoc[],
  { program, topic }: { program: Program; topic: Topic },
): Promise<Map<string, CapHit>> {
  const { promised } = desk.catalog.current();
  const about = { class: CLASS_OF[topic.purpose], program: program.id, topic: topic.id };
  const asked = people.map(({ _id: contact }) => ({ _id: '', contact, ...about }));
  const byId = new Map(people.map((one) => [one._id, one]));
  const deps = { store: desk.store, program: () => program, promised };
  const others = await findOthers(desk.store, people);
  const caps = await readCaps(deps, asked, byId, { now: desk.now(), owner: null, others });
  const hits = new Map<string, CapHit>();
  for (const [at, stored] of people.entries()) {
    const one = asked[at];
    if (one === undefined) continue;
    const verdict = caps.verdict(one, () => openHolder(desk.ring, stored, []).number);
    if (verdict.kind === 'capped') hits.set(stored._id, verdict.hit);
  }
  return hits;
}
