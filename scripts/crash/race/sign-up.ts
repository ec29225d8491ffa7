import { ANSWERS } from '../../../src/domain/sending/lanes.ts';
import { type ActLog, text } from './acts.ts';
import { OWN } from './counts/scans.ts';
import type { Person } from './people.ts';
import type { RaceSystem } from './system.ts';

const AT_ONCE = 48;

/** Between two looks whether replies have left, and longest until all have, ms: one may be lost with its process. */
const LOOK_MS = 50;
const PATIENCE_MS = 20_000;

/** Everybody texts their keyword, then their answer to the question, and so on: each word once the replies to the one before have left. */
export async function signUp(system: RaceSystem, people: readonly Person[], actLog: ActLog): Promise<void> {
  const longest = Math.max(0, ...people.map((person) => person.signUp.length));
  for (let word = 0; word < longest; word += 1) {
    await textAll(system, people, word, actLog);
    await repliesLeft(system);
  }
}

async function textAll(
  { carrier }: RaceSystem,
  people: readonly Person[],
  word: number,
  actLog: ActLog,
): Promise<void> {
  let next = 0;
  const lane = async (): Promise<void> => {
    for (let person = people[next++]; person !== undefined; person = people[next++]) {
      const said = person.signUp[word];
      if (said !== undefined) await text(carrier, person.number, said.to, said.body, actLog);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, lane));
}

async function repliesLeft({ store }: RaceSystem): Promise<void> {
  const open = { open: true as const, lane: ANSWERS };
  const options = { hint: 'open-of-contact', comment: OWN, projection: { _id: 1 } };
  for (const giveUp = performance.now() + PATIENCE_MS; performance.now() < giveUp; ) {
    if ((await store.deliveries.findOne(open, options)) === null) return;
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
}
