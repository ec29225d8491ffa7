import { ANSWERS } from '../../../src/domain/sending/lanes.ts';
import { type Doings, text } from './acts.ts';
import type { Person } from './cast.ts';
import { OWN } from './counts/scans.ts';
import type { System } from './system.ts';

const AT_ONCE = 48;

/** Between two looks whether replies have left, and longest until all have, ms: one may be lost with its process. */
const LOOK_MS = 50;
const PATIENCE_MS = 20_000;

/** Everybody texts their keyword, then their answer to the question, and so on: each word once the replies to the one before have left. */
export async function signUp(system: System, people: readonly Person[], doings: Doings): Promise<void> {
  const longest = Math.max(0, ...people.map((person) => person.signUp.length));
  for (let word = 0; word < longest; word += 1) {
    await textAll(system, people, word, doings);
    await repliesLeft(system);
  }
}

async function textAll(
  { carrier }: System,
  people: readonly Person[],
  word: number,
  doings: Doings,
): Promise<void> {
  let next = 0;
  const lane = async (): Promise<void> => {
    for (let person = people[next++]; person !== undefined; person = people[next++]) {
      const said = person.signUp[word];
      if (said !== undefined) await text(carrier, person.number, said.to, said.body, doings);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, lane));
}

async function repliesLeft({ store }: System): Promise<void> {
  const open = { open: true as const, lane: ANSWERS };
  const options = { hint: 'open-of-contact', comment: OWN, projection: { _id: 1 } };
  for (const giveUp = performance.now() + PATIENCE_MS; performance.now() < giveUp; ) {
    if ((await store.deliveries.findOne(open, options)) === null) return;
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
}
