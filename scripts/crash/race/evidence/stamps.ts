import { open } from 'node:fs/promises';
import type { SendAttempt } from './evidence.ts';

/** The stamps of the processes: their hand-overs, and texts that went to the spool. */
export type Stamps = {
  begun: SendAttempt[];
  spooled: ReadonlySet<string>;
  /** Owners of claims whose process died or froze while their claims could stand. */
  struck: ReadonlySet<string>;
};

/** The longest time from the start of a batch to the end of its last claim, ns: the lease, and a database that claims slowly. */
const ROUND_NS = 10_000_000_000n;

/** Reads the stamps since `place.stamps` and advances it. */
export async function readStamps(path: string, place: { stamps: number }): Promise<Stamps> {
  const file = await open(path, 'r');
  try {
    const { size } = await file.stat();
    const bytes = Buffer.alloc(size - place.stamps);
    await file.read(bytes, 0, bytes.length, place.stamps);
    place.stamps = size;
    return stampsIn(bytes.toString('utf8'));
  } finally {
    await file.close();
  }
}

/** Parses the lines of `preload.ts` and `fleet.ts`. An attempt ends when its process dies. */
export function stampsIn(text: string): Stamps {
  const begun: SendAttempt[] = [];
  const ends = new Map<string, bigint>();
  const deaths = new Map<string, bigint>();
  const pids = new Map<SendAttempt, string>();
  const spooled = new Set<string>();
  const owners: { owner: string; since: bigint; pid: string }[] = [];
  const strikes: { pid: string; at: bigint }[] = [];
  for (const line of text.split('\n')) {
    const [kind = '', name = '', sender = '', checked = '0', written = '0', frozen, pid = ''] =
      line.split(' ');
    const [delivery = '', epoch] = name.split('.');
    if (kind === 'spooled') spooled.add(name);
    if (kind === 'ended') ends.set(name, BigInt(sender));
    if (kind === 'died') deaths.set(name, BigInt(sender));
    if (kind === 'died' || kind === 'froze') strikes.push({ pid: name, at: BigInt(sender) });
    if (kind === 'owns') owners.push({ owner: name, since: BigInt(sender), pid: checked });
    if (kind !== 'begun') continue;
    const times = { checked: BigInt(checked), written: BigInt(written), frozen: frozen === 'frozen' };
    const over = { ended: null, struck: false };
    const attempt: SendAttempt = { delivery, epoch: Number(epoch), sender, ...times, ...over };
    pids.set(attempt, pid);
    begun.push(attempt);
  }
  const isStruck = (own: string, since: bigint): boolean =>
    strikes.some(({ pid, at }) => pid === own && at >= since && at <= since + ROUND_NS);
  for (const attempt of begun) {
    const name = `${attempt.delivery}.${attempt.epoch}`;
    const pid = pids.get(attempt) ?? '';
    attempt.ended = ends.get(name) ?? deaths.get(pid) ?? null;
    attempt.struck = isStruck(pid, attempt.checked);
  }
  const struck = owners.filter(({ pid, since }) => isStruck(pid, since));
  return { begun, spooled, struck: new Set(struck.map((strike) => strike.owner)) };
}
