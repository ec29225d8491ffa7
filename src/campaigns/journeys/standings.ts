import type { Desk } from '../../consent/desk.ts';
import type { Standing } from '../../domain/journeys/ending.ts';
import { type Program, programById } from '../../domain/program.ts';
import { type ContactDoc, findContacts } from '../../store/people/contacts.ts';
import { type Joined, personJoined, readJoined } from '../../store/people/joined.ts';

type Known = Omit<Standing, 'program'>;

/**
 * What decides about people now, by contact; who is not there was removed, and null is of whom it cannot be read. The
 * contact is read first.
 */
export type Standings = ReadonlyMap<string, { stored: ContactDoc; standing: Known | null }>;

export async function readStandings(desk: Desk, contacts: readonly string[]): Promise<Standings> {
  const found = await findContacts(desk.store, [...new Set(contacts)]);
  const joined = await readJoined(desk.store, found);
  return new Map(found.map((stored) => [stored._id, { stored, standing: readOne(desk, stored, joined) }]));
}

/** One person who cannot be read keeps no other from their turn. */
function readOne(desk: Desk, stored: ContactDoc, joined: Joined): Known | null {
  const { _id: contact, current, sealed } = stored;
  try {
    return { person: sealed === null ? null : personJoined(stored, joined), current };
  } catch (error) {
    desk.log.error({ contact, error }, 'someone cannot be read; journeys go on without them');
    return null;
  }
}

/** Where someone stands towards a program; as erased where there is nothing of them. Null where they cannot be read. */
export function standingOf(standings: Standings, contact: string, program: Program | null): Standing | null {
  const { standing } = standings.get(contact) ?? { standing: { person: null, current: false } };
  return standing === null ? null : { ...standing, program };
}

export const programOf = (desk: Desk, id: string): Program | null =>
  programById(desk.catalog.current().book, id);
