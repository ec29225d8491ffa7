import type { Desk } from '../../consent/desk.ts';
import type { Standing } from '../../domain/journeys/ending.ts';
import { type Program, programById } from '../../domain/program.ts';
import { type ContactDoc, findContacts } from '../../store/people/contacts.ts';
import { personJoined, readJoined } from '../../store/people/joined.ts';

/** What decides about people now, by contact; who is not there was removed. The contact is read first. */
export type Standings = ReadonlyMap<string, { stored: ContactDoc; standing: Omit<Standing, 'program'> }>;

export async function readStandings(desk: Desk, contacts: readonly string[]): Promise<Standings> {
  const found = await findContacts(desk.store, [...new Set(contacts)]);
  const joined = await readJoined(desk.store, found);
  return new Map(
    found.map((stored) => {
      const { _id, current, sealed } = stored;
      const person = sealed === null ? null : personJoined(stored, joined);
      return [_id, { stored, standing: { person, current } }];
    }),
  );
}

/** Where someone stands towards a program; as erased where there is nothing of them. */
export function standingOf(standings: Standings, contact: string, program: Program | null): Standing {
  const { standing } = standings.get(contact) ?? { standing: { person: null, current: false } };
  return { ...standing, program };
}

export const programOf = (desk: Desk, id: string): Program | null =>
  programById(desk.catalog.current().book, id);
