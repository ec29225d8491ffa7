import { open } from 'node:fs/promises';
import type { Begun } from './evidence.ts';

/** What the processes noted of themselves: hand-overs as they began, texts that went to the spool, answers that came too late. */
export type Stamps = { begun: Begun[]; spooled: ReadonlySet<string>; silent: ReadonlySet<string> };

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
  for (const line of text.split('\n')) {
    const [door = '', name = '', sender = '', checked = '0', written = '0', frozen, pid = ''] =
      line.split(' ');
    const [delivery = '', epoch] = name.split('.');
    if (door === 'spooled') spooled.add(name);
    if (door === 'silent') silent.add(name);
    if (door === 'ended') ends.set(name, BigInt(sender));
    if (door === 'died') deaths.set(name, BigInt(sender));
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
  return { begun, spooled, silent };
}
