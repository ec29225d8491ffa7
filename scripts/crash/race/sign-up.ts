import { type Doings, text } from './acts.ts';
import type { Person } from './cast.ts';
import type { System } from './system.ts';

const AT_ONCE = 48;

/** Everybody texts their keyword and their answer to the question, each waiting for the answer before. */
export async function signUp(system: System, people: readonly Person[], doings: Doings): Promise<void> {
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let person = people[next++]; person !== undefined; person = people[next++]) {
      for (const { to, body } of person.signUp) {
        await text(system.carrier, person.number, to, body, doings);
      }
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
}
