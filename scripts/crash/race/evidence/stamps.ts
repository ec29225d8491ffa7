import { open } from 'node:fs/promises';
import type { Begun } from './evidence.ts';

/** What the processes noted of themselves: hand-overs as they began, texts that went to the spool, answers that came too late. */
export type Stamps = {
  begun: Begun[];
  spooled: ReadonlySet<string>;
  silent: ReadonlySet<string>;
  /** Owners of flags whose process died or froze while their flags could stand. */
  struck: ReadonlySet<string>;
};

/** From the beginning of a round to the end of the last flag it raised, ns: its lease, and a database that is slow to raise it. */
const ROUND_NS = 10_000_000_000n;

/** Reads what was written since `place.stamps`, and moves it on. */
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

/** The lines of `preload.ts`, and of `fleet.ts`: what a process had begun is over when it dies. */
export function stampsIn(text: string): Stamps {
  const begun: Begun[] = [];
  const ends = new Map<string, bigint>();
  const deaths = new Map<string, bigint>();
  const pids = new Map<Begun, string>();
  const spooled = new Set<string>();
  const silent = new Set<string>();
  const owners: { owner: string; since: bigint; pid: string }[] = [];
  const strikes: { pid: string; at: bigint }[] = [];
  for (const line of text.split('\n')) {
    const [door = '', name = '', sender = '', checked = '0', written = '0', frozen, pid = ''] =
      line.split(' ');
    const [delivery = '', epoch] = name.split('.');
    if (door === 'spooled') spooled.add(name);
    if (door === 'silent') silent.add(name);
    if (door === 'ended') ends.set(name, BigInt(sender));
    if (door === 'died') deaths.set(name, BigInt(sender));
    if (door === 'died' || door === 'froze') strikes.push({ pid: name, at: BigInt(sender) });
    if (door === 'owns') owners.push({ owner: name, since: BigInt(sender), pid: checked });
    if (door !== 'rest' && door !== 'twiml') continue;
    const times = { checked: BigInt(checked), written: BigInt(written), frozen: frozen === 'frozen' };
    const one: Begun = { door, delivery, epoch: Number(epoch), sender, ...times, ended: null };
    pids.set(one, pid);
    begun.push(one);
  }
  for (const one of begun) {
    const name = `${one.delivery}.${one.epoch}`;
    one.ended = ends.get(name) ?? deaths.get(pids.get(one) ?? '') ?? null;
  }
  const struck = owners.filter((one) =>
    strikes.some(({ pid, at }) => pid === one.pid && at >= one.since && at <= one.since + ROUND_NS),
  );
  return { begun, spooled, silent, struck: new Set(struck.map((one) => one.owner)) };
}
