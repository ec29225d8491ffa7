import type { Desk } from '../../consent/desk.ts';
import { isHeldOut } from '../../domain/campaigns/split.ts';
import { grouped } from '../../domain/grouped.ts';
import { type HeardNumber, numberFor } from '../../domain/merging/one-number.ts';
import type { Program, Topic } from '../../domain/program.ts';
import { verdictNow } from '../../domain/sending/reach.ts';
import { type SenderFor, sendersFor } from '../../sending/pacing/senders-for.ts';
import { rowStates } from '../../store/campaigns/plan.ts';
import { campaignRowId } from '../../store/campaigns/row.ts';
import { type ContactDoc, findNumbers } from '../../store/people/contacts.ts';
import { type Joined, openJoined, readJoined } from '../../store/people/joined.ts';
import { readable } from './readable.ts';

/** What the message would be about. */
type About = { program: Program; topic: Topic };

export type OncePer = {
  about: About;
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
export async function onOtherNumber(
  desk: Desk,
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
  const senderFor = await sendersFor(desk, about.program, numbers);
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

type Standing = Record<'waits' | 'isOver' | 'has', (number: ContactDoc) => boolean> & { about: About };

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

type Row = Awaited<ReturnType<typeof rowStates>>[number];

/** Who is held out on one number gets it on no other: else they would count as one who got nothing. */
const has = (row: Row | undefined): boolean =>
  row !== undefined && (isHeldOut(row.decision) || (row.state !== 'skipped' && row.state !== 'canceled'));

/** Whether a message waits that was written before the edition that is written now. */
const isOlder = (row: Row | undefined, edition: number | undefined): boolean =>
  row?.state === 'planned' && row.edition !== edition;

async function rowsOf(
  { store }: Desk,
  campaign: string,
  numbers: readonly ContactDoc[],
): Promise<ReadonlyMap<string, Row>> {
  const ids = numbers.map(({ index }) => campaignRowId(campaign, index));
  return new Map((await rowStates(store, ids)).map((row) => [row.contact, row]));
}

/** From the number that it would leave from: their row is judged for it too. */
function isAllowed(
  desk: Desk,
  stored: ContactDoc,
  joined: Joined,
  { program, topic, senderFor }: About & { senderFor: SenderFor },
): boolean {
  const verdict = () => {
    const holder = openJoined(desk.ring, stored, joined);
    const moment = { program, from: senderFor(holder), quiet: false, now: desk.now() };
    return verdictNow(holder.person, topic, moment);
  };
  // A number that cannot be read gets nothing, and stands for no other.
  return readable(desk, stored._id, verdict)?.allowed ?? false;
}

const heard = ({ _id: contact, repliedAt, subscriptions }: ContactDoc, { program }: About): HeardNumber => ({
  contact,
  repliedAt: repliedAt ?? null,
  confirmedAt: subscriptions.find((one) => one.program === program.id)?.basis?.at ?? null,
});
