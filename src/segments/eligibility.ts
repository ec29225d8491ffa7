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

/** The program and topic of a message, which decide who may get it. */
export type MessageSubject = { program: Program; topic: Topic };

/**
 * The result for people who were checked one by one. Everybody is allowed, held by quiet hours, capped, refused or
 * unreadable.
 */
export type Eligibility = {
  of: number;
  allowed: number;
  /** People who consented but are in quiet hours, by when these end, ms. `by`: the sources of the rules. */
  held: Map<number, { people: number; by: Set<string> }>;
  capped: number;
  /** Each person is counted once, under the first reason. */
  refused: Map<Reason, number>;
  unreadable: number;
  /** People by their most likely time zone; `weak`: how many of these zones are uncertain. */
  zones: Map<string, { people: number; weak: number }>;
  samples: { id: string; number: string }[];
};

/** Decides for each person whether they may get a message now, by the rules that the gate applies. */
export async function assessEligibility(
  context: AppContext,
  stored: readonly ContactDoc[],
  { about, samples, who }: { about: MessageSubject; samples: number; who: Filter },
  now: Date,
): Promise<Eligibility> {
  const people = await openAll(context, stored);
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
  const others = await reachedOnOtherNumber(context, stored, {
    about,
    among: (contacts) => contactsAmong(context.store, who, contacts),
    planned: null,
  });
  for (const contact of people) countZone(judged, contact);
  const senderFor = await senderChooserFor(context, about.program, stored);
  const consenting = people.filter((contact) => consents(judged, contact, { about, others, senderFor }, now));
  const consented = consenting.map((openedContact) => openedContact.stored);
  const capped = await capHits(context, consented, about);
  const hours = quietHoursAt(now);
  for (const contact of consenting) {
    const bounds = readable(context, contact.id, () =>
      hours({ class: CLASS_OF[about.topic.purpose] }, contact, about.program),
    );
    if (bounds === null) judged.unreadable += 1;
    else if (capped.has(contact.id)) judged.capped += 1;
    else countHours(judged, bounds.hold);
  }
  return judged;
}

async function openAll(
  context: Pick<AppContext, 'log' | 'ring' | 'store'>,
  stored: readonly ContactDoc[],
): Promise<OpenedContact[]> {
  const joined = await readJoined(context.store, stored);
  return stored.flatMap(
    (contact) =>
      readable(
        context,
        contact._id,
        (): OpenedContact => ({ ...openJoined(context.ring, contact, joined), stored: contact }),
      ) ?? [],
  );
}

/**
 * True where the person consented, a sender may write to them, and no other number of theirs gets the message;
 * otherwise the
 * first reason is counted.
 */
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
  const [reason = 'same-person'] = verdict.allowed ? [] : verdict.reasons;
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
  const whereabouts = zonesOfPerson(stored.profile?.place ?? EMPTY_PROFILE.place, number);
  const zone = whereabouts.zones[0] ?? 'unknown';
  const { people, weak } = judged.zones.get(zone) ?? { people: 0, weak: 0 };
  judged.zones.set(zone, { people: people + 1, weak: weak + (whereabouts.confidence === 'weak' ? 1 : 0) });
}

type OncePer = {
  about: MessageSubject;
  /** Those of the contacts who are in the audience. */
  among: (contacts: readonly string[]) => Promise<ReadonlySet<string>>;
  /**
   * The campaign whose deliveries show who has the message already, and the contact up to which it is planned;
   * null: nothing is planned yet.
   */
  planned: { campaign: string; to: string | null; edition: number | undefined } | null;
};

/**
 * Those of the people who get the message on another number. Of all numbers of a person that are in the audience
 * and allowed, exactly one gets it. A number with a planned delivery keeps it, and a number that planning has
 * passed gets none, so that nobody gets the message twice or never, whatever they text during planning. Where
 * several numbers have had a planned delivery since before an edit, for example after a merge, one keeps it.
 * Without merged contacts this runs no query.
 */
export async function reachedOnOtherNumber(
  context: AppContext,
  people: readonly ContactDoc[],
  { about, among, planned }: OncePer,
): Promise<ReadonlySet<string>> {
  const persons = [...new Set(people.flatMap(({ personId }) => personId ?? []))];
  if (persons.length === 0) return new Set();
  const found = await findNumbers(context.store, persons);
  const numbers = found.filter(({ current, sealed }) => current && sealed !== null);
  const inAudience = await among(numbers.map(({ _id }) => _id));
  const joined = await readJoined(context.store, numbers);
  const rows = planned === null ? new Map<string, Row>() : await rowsOf(context, planned.campaign, numbers);
  const isOver = ({ _id }: ContactDoc): boolean => rows.has(_id) || (planned?.to ?? '') >= _id;
  const senderFor = await senderChooserFor(context, about.program, numbers);
  const allowed = numbers.filter((number) => isAllowed(context, number, joined, { ...about, senderFor }));
  const byPerson = grouped(
    allowed.filter(({ _id }) => inAudience.has(_id)),
    ({ personId }) => personId ?? '',
  );
  const waits = ({ _id }: ContactDoc): boolean => isOlder(rows.get(_id), planned?.edition);
  const others = people.filter((person) => {
    const isTheirs = ({ personId }: ContactDoc): boolean => personId === person.personId;
    const own = waits(person)
      ? allowed.filter((candidate) => isTheirs(candidate) && waits(candidate))
      : (byPerson.get(person.personId ?? '') ?? []);
    const rivals = numbers.filter((other) => other._id !== person._id && isTheirs(other));
    return givesWay(
      person,
      { own, rivals },
      { waits, isOver, has: (other) => has(rows.get(other._id)), about },
    );
  });
  return new Set(others.map(({ _id }) => _id));
}

type Standing = Record<'waits' | 'isOver' | 'has', (number: ContactDoc) => boolean> & {
  about: MessageSubject;
};

/**
 * True where another number of the person gets the message. `own`: the person's numbers that may get it. `rivals`:
 * all other numbers of the person.
 */
function givesWay(
  contact: ContactDoc,
  { own, rivals }: Record<'own' | 'rivals', readonly ContactDoc[]>,
  { waits, isOver, has: hasIt, about }: Standing,
): boolean {
  const isOne = ({ _id }: ContactDoc): boolean => _id === contact._id;
  const isChosen = (among: readonly ContactDoc[]): boolean =>
    numberFor(among.map((other) => heard(other, about))) === contact._id;
  // A number that may not get the message is refused for its own reasons.
  if (!own.some(isOne)) return false;
  // A number that has the message keeps it. Only among deliveries from before an edit is one chosen.
  if (rivals.some((other) => hasIt(other) && !(waits(contact) && waits(other)))) return true;
  if (waits(contact)) return !isChosen(own);
  // Numbers that planning has passed are not chosen.
  return !isChosen(own.filter((other) => isOne(other) || !isOver(other)));
}

type Row = Awaited<ReturnType<typeof messageStates>>[number];

/**
 * A person in the holdout on one number gets the message on no other; otherwise the holdout would contain
 * recipients.
 */
const has = (row: Row | undefined): boolean =>
  row !== undefined && (isHeldOut(row.decision) || (row.state !== 'skipped' && row.state !== 'canceled'));

/** True where a planned message is of another edition than the current one. */
const isOlder = (row: Row | undefined, edition: number | undefined): boolean =>
  row?.state === 'planned' && row.edition !== edition;

async function rowsOf(
  { store }: Pick<AppContext, 'store'>,
  campaign: string,
  numbers: readonly ContactDoc[],
): Promise<ReadonlyMap<string, Row>> {
  const ids = numbers.map(({ index }) => campaignRowId(campaign, index));
  return new Map((await messageStates(store, ids)).map((row) => [row.contact, row]));
}

/** Checked with the sender that would be used, as the delivery itself will be. */
function isAllowed(
  context: Pick<AppContext, 'log' | 'now' | 'ring'>,
  stored: ContactDoc,
  joined: Joined,
  { program, topic, senderFor }: MessageSubject & { senderFor: SenderFor },
): boolean {
  const verdict = () => {
    const holder = openJoined(context.ring, stored, joined);
    const moment = { program, from: senderFor(holder), quiet: false, now: context.now() };
    return verdictNow(holder.person, topic, moment);
  };
  // A number that cannot be decrypted gets nothing, and replaces no other.
  return readable(context, stored._id, verdict)?.allowed ?? false;
}

const heard = (
  { _id: contact, repliedAt, subscriptions }: ContactDoc,
  { program }: MessageSubject,
): HeardNumber => ({
  contact,
  repliedAt: repliedAt ?? null,
  confirmedAt: subscriptions.find((subscription) => subscription.program === program.id)?.basis?.at ?? null,
});

/**
 * The frequency caps that stop a message now, by contact. People with room left are missing, including a person
 * whose message would be the last one allowed. One command for all; nothing is reserved. Throws `KeyMissing` or
 * `SealBroken` where a legal cap may apply to a person whose number cannot be decrypted.
 */
export async function capHits(
  context: AppContext,
  people: readonly ContactDoc[],
  { program, topic }: { program: Program; topic: Topic },
): Promise<Map<string, CapHit>> {
  const { promised } = context.catalog.current();
  const about = { class: CLASS_OF[topic.purpose], program: program.id, topic: topic.id };
  const asked = people.map(({ _id: contact }) => ({ _id: '', contact, ...about }));
  const byId = new Map(people.map((person) => [person._id, person]));
  const deps = { store: context.store, program: () => program, promised };
  const others = await findOthers(context.store, people);
  const caps = await readCaps(deps, asked, byId, { now: context.now(), owner: null, others });
  const hits = new Map<string, CapHit>();
  for (const [at, stored] of people.entries()) {
    const request = asked[at];
    if (request === undefined) continue;
    const verdict = caps.verdict(request, () => openHolder(context.ring, stored, []).number);
    if (verdict.kind === 'capped') hits.set(stored._id, verdict.hit);
  }
  return hits;
}
