import { openEntry } from '../../../../src/consent/ledger/ledger.ts';
import { isStanding } from '../../../../src/domain/consent/suppression.ts';
import { grouped } from '../../../../src/domain/grouped.ts';
import type { Sender } from '../../../../src/domain/program.ts';
import { type ConsentEventDoc, chainsOf } from '../../../../src/store/consent/consent-events.ts';
import type { InboundDoc } from '../../../../src/store/consent/inbound-texts.ts';
import { findSuppressions } from '../../../../src/store/consent/suppressions.ts';
import { findHolders } from '../../../../src/store/contacts/contacts.ts';
import { type OpenContact, openHolder } from '../../../../src/store/contacts/open-contact.ts';
import type { DeliveryDoc } from '../../../../src/store/deliveries/delivery.ts';
import { blindIndex } from '../../../../src/store/sealing/keys.ts';
import type { ActLog, TypedText } from '../acts.ts';
import { readScans } from '../counts/scans.ts';
import type { Person } from '../people.ts';
import type { Plan } from '../plan-rows.ts';
import { PROGRAM_IDS, RACE_SENDERS } from '../programs.ts';
import type { RaceSystem } from '../system.ts';
import type {
  ChainEntry,
  End,
  Flight,
  PersonEvidence,
  RaceEvidence,
  RowEvidence,
  SeenHandOver,
  TextEvidence,
} from './evidence.ts';
import { answersTo, type LedgerLine, namedIn, postsOf, sidsOfFailed, takeLedger } from './ledger-lines.ts';
import { spoolLeft } from './spool-left.ts';
import { readStamps, type Stamps } from './stamps.ts';

/** How far the ledger and the stamps have been read. */
export type ReadPositions = { ledger: number; stamps: number };

/** What the carrier saw, and what the processes noted about it. */
export type ObservedTraffic = Stamps & { lines: LedgerLine[]; posts: ReadonlyMap<string, LedgerLine[]> };

/** Reads both sides of a step, the carrier and the database. Advances `place`. */
export async function collect(
  system: RaceSystem,
  { people, plan, actLog, flight }: { people: readonly Person[]; plan: Plan; actLog: ActLog; flight: Flight },
  place: ReadPositions,
): Promise<RaceEvidence> {
  const seen = await readTraffic(system, place);
  const numbers = people.map((person) => person.number);
  const evidence = await evidenceOf(system, seen, { numbers, actLog, since: new Date(0), flight });
  const planned = plan.slices.flat().map((row) => row._id);
  return {
    ...evidence,
    planned,
    acknowledged: actLog.acknowledged,
    scans: await readScans(system.store, planned.length / people.length),
    spoolLeft: await spoolLeft(system.folder),
  };
}

export async function readTraffic(system: RaceSystem, place: ReadPositions): Promise<ObservedTraffic> {
  const { lines, last } = await takeLedger(system.carrier, place.ledger);
  place.ledger = last;
  return { ...(await readStamps(system.stamps, place)), lines, posts: postsOf(lines) };
}

/** The people, their acts, the start of the run, and the flight. */
export type EvidenceQuery = { numbers: readonly string[]; actLog: ActLog; since: Date; flight: Flight };

/** Reads both sides for some people. Scans and spool concern the whole run and stay empty. */
export async function evidenceOf(
  system: RaceSystem,
  { lines, posts, ...stamps }: ObservedTraffic,
  { numbers: asked, actLog, since, flight }: EvidenceQuery,
): Promise<RaceEvidence> {
  const { store, config } = system;
  const indexes = asked.map((number) => blindIndex(config.blindIndexKeys, number));
  const contacts = await findHolders(store, indexes);
  const suppressions = grouped(await findSuppressions(store, indexes), (row) => row.index);
  const ids = contacts.map((contact) => contact._id);
  const ofRun = { contact: { $in: ids }, createdAt: { $gte: since } };
  const stored = await store.deliveries.find(ofRun, { hint: 'of-contact' }).toArray();
  const chains = await chainsOf(store, ids);
  const holders = contacts.map((contact) =>
    openHolder(config.keyRing, contact, suppressions.get(contact.index) ?? []),
  );
  const of = new Map(holders.map((holder) => [holder.id, holder]));
  const rows = stored.map((row) => rowOf(row, of.get(row.contact)));
  return {
    people: holders.map((holder) => factsOf(holder, chains.get(holder.id) ?? [])),
    texts: await textsOf(system, {
      typed: typedIn(actLog, posts, new Set(asked)),
      posts,
      spooled: stamps.spooled,
    }),
    asked: actLog.asked,
    handOvers: handOversOf(lines),
    rows,
    ...{ planned: [], acknowledged: [], scans: [], spoolLeft: [] },
    claimed: new Set(system.claims.seen),
    troubles: system.claims.troubles(),
    flight,
    begun: stamps.begun,
    struck: stamps.struck,
    databaseFailed: system.databaseFails,
    rates: system.rates,
    blocked: blockedIn(lines, Object.values(RACE_SENDERS)),
    ends: acknowledgedEnds(lines),
  };
}

function rowOf(row: DeliveryDoc, holder: OpenContact | undefined): RowEvidence {
  const { _id: id, class: kind, program, topic, state, owner, parts, own } = row;
  const asked = holder?.person.prompts.find((prompt) => prompt.id === row.prompt);
  return {
    ...{ id, class: kind, program, topic, state, owner, parts, own },
    number: holder?.number ?? '',
    asks: asked?.topics ?? [],
    open: row.open === true,
    answers: row.answers?.sid ?? null,
    error: row.error ?? null,
  };
}

/** The texts of these people, with texts that the carrier accepted but was too busy to acknowledge. */
function typedIn(
  { typed }: ActLog,
  posts: ReadonlyMap<string, LedgerLine[]>,
  numbers: ReadonlySet<string>,
): TypedText[] {
  const typedSids = new Set(typed.map((text) => text.sid));
  const unacknowledged = [...posts].flatMap(([sid, [post]]) => {
    if (typedSids.has(sid) || !numbers.has(post?.from ?? '')) return [];
    return { number: post?.from ?? '', sid, body: post?.body ?? '' };
  });
  return [...typed, ...unacknowledged];
}

type Talk = {
  typed: readonly TypedText[];
  posts: ReadonlyMap<string, LedgerLine[]>;
  spooled: ReadonlySet<string>;
};

async function textsOf({ store }: RaceSystem, { typed, posts, spooled }: Talk): Promise<TextEvidence[]> {
  const sids = typed.map((text) => text.sid);
  const projection = { door: 1, receivedAt: 1, recordedAt: 1, answers: 1 };
  const found = store.inbound.find({ _id: { $in: sids } }, { projection });
  type Record = Pick<InboundDoc, 'door' | 'receivedAt' | 'recordedAt' | 'answers'>;
  const stored = new Map<string, Record>();
  for await (const { _id, ...row } of found) stored.set(_id, row);
  const uncertain = await store.uncertainTexts
    .find({ claimed: { $in: sids } }, { projection: { claimed: 1 } })
    .toArray();
  const forms = grouped(uncertain, ({ claimed }) => claimed);
  const formsOf = (sid: string): string[] => (forms.get(sid) ?? []).map(({ _id }) => _id);
  return typed.map(({ number, sid, body }) => ({
    ...{ number, sid, body },
    forms: formsOf(sid),
    to: posts.get(sid)?.[0]?.to ?? '',
    begunAt: BigInt(posts.get(sid)?.[0]?.begunAt ?? 0),
    answeredAt: answersTo(posts, sid)[0] ?? null,
    door: stored.get(sid)?.door ?? null,
    receivedAt: stored.get(sid)?.receivedAt.getTime() ?? null,
    recordedAt: stored.get(sid)?.recordedAt.getTime() ?? null,
    answers: stored.get(sid)?.answers ?? null,
    // A form posted to the fallback address is uncertain, and is spooled under its own id.
    spooled: [sid, ...formsOf(sid)].some((id) => spooled.has(id)),
  }));
}

/** Refusals that only a STOP explains, by their code and by the opt-out handling of the sender. */
export function blockedIn(lines: readonly LedgerLine[], senders: readonly Sender[]): RaceEvidence['blocked'] {
  return lines.flatMap(({ kind, errorCode, from, to, at, outcome, httpStatus }) => {
    const network = senders.some((sender) => sender.number === from && sender.handling === 'network');
    if (to === null || !(errorCode === 21610 || (errorCode === 30004 && network))) return [];
    // A receipt counts once the gateway has acknowledged it.
    const isReported = kind === 'create' ? outcome === 'answered' : httpStatus !== null && httpStatus < 300;
    return isReported ? [{ number: to, code: errorCode, wall: new Date(at).getTime() }] : [];
  });
}

/** Every message leaves by a create call. A reply in the answer of a webhook is counted as a message without a row. */
export function handOversOf(lines: readonly LedgerLine[]): SeenHandOver[] {
  const failed = sidsOfFailed(lines);
  return lines.flatMap((line) => {
    if (!['create', 'twiml', 'ignored'].includes(line.kind)) return [];
    const isCall = line.kind === 'create';
    const { delivery, epoch } = isCall ? namedIn(line.url) : { delivery: null, epoch: 0 };
    return {
      number: line.to ?? '',
      sender: line.from ?? '',
      delivery,
      epoch,
      body: line.body ?? '',
      at: BigInt(line.headersAt ?? line.begunAt),
      wall: new Date(line.at).getTime(),
      made: !isCall || line.sid !== null,
      sid: line.sid,
      unanswered: isCall && (line.outcome !== 'answered' || (line.httpStatus ?? 500) >= 500),
      answeredAt: line.answeredAt === null ? null : BigInt(line.answeredAt),
      leftAt: line.leftAt === null ? null : BigInt(line.leftAt),
      saidFailed: line.sid !== null && failed.has(line.sid),
      segments: line.segments ?? 1,
    };
  });
}

/** Source: Twilio Docs, "Outbound Message Status in Status Callbacks". */
const END_OF: Partial<Record<string, End['state']>> = {
  failed: 'failed',
  canceled: 'failed',
  undelivered: 'undelivered',
  delivered: 'delivered',
  read: 'delivered',
};

/** Final states that the gateway acknowledged with a 2xx, one for each receipt. */
export const acknowledgedEnds = (lines: readonly LedgerLine[]): End[] =>
  lines.flatMap(({ kind, sid, url, messageStatus, errorCode, outcome, httpStatus }) => {
    const state = END_OF[messageStatus ?? ''];
    const { delivery } = namedIn(url);
    if (kind !== 'status' || sid === null || delivery === null || state === undefined) return [];
    const taken = outcome === 'answered' && httpStatus !== null && httpStatus >= 200 && httpStatus < 300;
    return taken ? [{ delivery, sid, state, error: errorCode === null ? null : String(errorCode) }] : [];
  });

/** What the database says about one person, decrypted. */
function factsOf({ number, person, keys }: OpenContact, chain: readonly ConsentEventDoc[]): PersonEvidence {
  return {
    number,
    subscriptions: person.subscriptions.map(({ program, state, topics, basis }) => ({
      ...{ program, topics, subscribed: state === 'subscribed', seq: basis?.seq ?? null },
    })),
    standing: person.suppressions
      .filter((row) => row.kind === 'opt-out')
      .map((row) => ({
        scope: row.scope,
        programs: PROGRAM_IDS.filter((program) => isStanding(row, program)),
      })),
    held: person.suppressions
      .filter((row) => row.kind === 'hold' && row.scope === 'all')
      .flatMap((row) => PROGRAM_IDS.filter((program) => isStanding(row, program))),
    entries: chain.map((event) => entryOf(event, keys.evidence)),
  };
}

function entryOf(event: ConsentEventDoc, key: Buffer): ChainEntry {
  const { seq, kind, program, topics, scope, answers } = event;
  const { messageSid, origin } = openEntry(event, key) ?? {};
  return {
    seq,
    kind,
    program,
    topics,
    scope,
    answers,
    cause: messageSid?.[1] ?? tokenIn(origin?.[1]),
    wall: event.recordedAt.getTime(),
    acted: event.actedAt.getTime(),
  };
}

/** The token that a call of the API gave as its reason. */
function tokenIn(origin: string | undefined): string | null {
  if (origin === undefined) return null;
  const { reason } = JSON.parse(origin) as { reason?: unknown };
  return typeof reason === 'string' ? reason : null;
}
