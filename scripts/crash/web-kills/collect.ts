import { openEntry } from '../../../src/consent/ledger/ledger.ts';
import { faultsOf, verifyLedger } from '../../../src/consent/ledger/verify-ledger.ts';
import { isStanding } from '../../../src/domain/consent/suppression.ts';
import type { CarrierLedgerEntry } from '../../../src/simulator/ledger.ts';
import { chainOf } from '../../../src/store/consent/consent-events.ts';
import { findSuppressions } from '../../../src/store/consent/suppressions.ts';
import { type ContactDoc, findHolders } from '../../../src/store/contacts/contacts.ts';
import { blindIndex, openHolderKey } from '../../../src/store/sealing/keys.ts';
import { PROGRAMS } from '../../seed/programs.ts';
import type { Delivery, Holder, Outbound, WebKillEvidence, WebKillText } from './evidence.ts';
import type { TypedByHandset } from './run.ts';
import type { WebKillSystem } from './system.ts';

/** Reads both sides, the carrier and the database. */
export async function collect(
  system: WebKillSystem,
  typed: readonly TypedByHandset[],
): Promise<WebKillEvidence> {
  const { store, config } = system;
  const entries = await readLedger(system.simulator.url);
  const posts = postsOf(entries);
  const texts = textsOf(typed, posts);
  const deliveries: Delivery[] = [];
  for await (const { _id, answers, class: kind, state, open } of store.deliveries.find()) {
    deliveries.push({ id: _id, answers: answers?.sid ?? null, class: kind, state, open: open === true });
  }
  const inbound: WebKillEvidence['inbound'] = [];
  for await (const { _id: sid, answers, door, receivedAt, recordedAt } of store.inbound.find()) {
    inbound.push({ sid, answers, door, receivedAt: receivedAt.getTime(), recordedAt: recordedAt.getTime() });
  }
  const ledger = await verifyLedger(store, config, () => undefined);
  const holders: Holder[] = [];
  for (const handset of new Set(typed.map((text) => text.handset))) {
    holders.push(await holderOf(system, handset));
  }
  return {
    texts,
    outbound: outboundOf(entries),
    inbound,
    deliveries,
    holders,
    chainFaults: faultsOf(ledger) - ledger.strays.length,
    strayEntries: ledger.strays.length,
  };
}

/** A line of the carrier's ledger; its nanoseconds come as decimal strings. */
type Line = Pick<CarrierLedgerEntry, 'kind' | 'sid' | 'to' | 'url' | 'httpStatus'> & {
  begunAt: string;
  answeredAt: string | null;
};

async function readLedger(url: string): Promise<Line[]> {
  const body = await (await fetch(`${url}/sim/ledger`)).text();
  return body
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Line);
}

/** All webhook tries of each text, by MessageSid, in order. */
function postsOf(entries: readonly Line[]): Map<string, Line[]> {
  const posts = new Map<string, Line[]>();
  for (const entry of entries) {
    if (entry.kind !== 'inbound' || entry.sid === null) continue;
    posts.set(entry.sid, [...(posts.get(entry.sid) ?? []), entry]);
  }
  return posts;
}

function answersTo(posts: ReadonlyMap<string, Line[]>, sid: string): bigint[] {
  return (posts.get(sid) ?? []).flatMap(({ httpStatus, answeredAt }) =>
    httpStatus === 200 && answeredAt !== null ? [BigInt(answeredAt)] : [],
  );
}

function textsOf(typed: readonly TypedByHandset[], posts: ReadonlyMap<string, Line[]>): WebKillText[] {
  return typed.map(({ handset, sid, body }) => {
    const begunAt = BigInt(posts.get(sid)?.[0]?.begunAt ?? 0);
    return { handset, sid, body, begunAt, answeredAt: answersTo(posts, sid)[0] ?? null };
  });
}

/** Every message leaves by a create call. A reply in the answer of a webhook is counted as a message that answers nothing. */
function outboundOf(entries: readonly Line[]): Outbound[] {
  return entries.flatMap(({ kind, sid, to, url, begunAt }) => {
    if (kind !== 'twiml' && kind !== 'ignored' && (kind !== 'create' || sid === null)) return [];
    const delivery = kind === 'create' ? (/[?&]d=([\w-]+)\./.exec(url ?? '')?.[1] ?? null) : null;
    return [{ handset: to ?? '', delivery, at: BigInt(begunAt) }];
  });
}

async function holderOf({ store, config }: WebKillSystem, handset: string): Promise<Holder> {
  const index = blindIndex(config.blindIndexKeys, handset);
  const [contact] = await findHolders(store, [index]);
  const rows = await findSuppressions(store, [index]);
  const everything = rows.find((row) => row.scope === 'all' && row.kind === 'opt-out');
  const programs = [null, ...PROGRAMS.map((program) => program.id)];
  const suppressed = everything !== undefined && programs.every((program) => isStanding(everything, program));
  const proof =
    contact === undefined
      ? { subscribed: [], confirmed: [], acts: [] }
      : await proofOf(store, config, contact);
  return { handset, suppressed, ...proof };
}

async function proofOf(
  store: WebKillSystem['store'],
  config: WebKillSystem['config'],
  contact: ContactDoc,
): Promise<Omit<Holder, 'handset' | 'suppressed'>> {
  const key = openHolderKey(config.keyRing, contact._id, contact.keys, 'evidence');
  const events = await chainOf(store, contact._id);
  const subscribed = contact.subscriptions
    .filter((subscription) => subscription.state === 'subscribed')
    .map(({ program, basis }) => ({ program, seq: basis?.seq ?? null }));
  const confirmed = events
    .filter((event) => event.kind === 'confirmed')
    .map(({ program, seq }) => ({ program: program ?? '', seq }));
  const acts = events.flatMap((event) => {
    const sid = openEntry(event, key)?.messageSid?.[1];
    return sid === undefined ? [] : [{ sid, recordedAt: event.recordedAt.getTime(), seq: event.seq }];
  });
  return { subscribed, confirmed, acts };
}
