/** One number of a person, and when the person last wrote from it. */
export type HeardNumber = {
  contact: string;
  /** The last text that was no opt-out. */
  repliedAt: Date | null;
  /** When the person confirmed the program with this number. */
  confirmedAt: Date | null;
};

/**
 * Which of a person's numbers gets a message that the person must get once: the number they last used, by a text or
 * a confirmation, since it is the phone in their hand. Of equals the first by id. Null without numbers.
 */
export function numberFor(numbers: readonly HeardNumber[]): string | null {
  const [first] = [...numbers].sort(
    (a, b) => heardAt(b) - heardAt(a) || (a.contact < b.contact ? -1 : Number(a.contact > b.contact)),
  );
  return first?.contact ?? null;
}

const heardAt = ({ repliedAt, confirmedAt }: HeardNumber): number =>
  Math.max(repliedAt?.getTime() ?? 0, confirmedAt?.getTime() ?? 0);

/** Two contacts that were merged into one person. Order and direction do not matter. */
export type Link = readonly [string, string];

/** Most numbers per person. More is a mistake, and each message to one of them reads all. */
export const MOST_NUMBERS = 12;

/** Id of the person with these contacts. It depends on the contacts alone, and not on the order of merges. */
export const personIdOf = (contacts: readonly string[]): string => `p_${firstOf(contacts).slice(2)}`;

/** The contact that gave a person its id. */
export const contactNamed = (person: string): string => `c_${person.slice(2)}`;

const firstOf = (contacts: readonly string[]): string => [...contacts].sort()[0] ?? '';

/**
 * Groups contacts into people by their links. The contacts of each person are in order; the person with the first
 * contact comes first.
 */
export function peopleOf(contacts: readonly string[], links: readonly Link[]): string[][] {
  const people = new Map(contacts.map((contact) => [contact, new Set([contact])]));
  for (const [a, b] of links) {
    const [groupOfA, groupOfB] = [people.get(a), people.get(b)];
    if (groupOfA === undefined || groupOfB === undefined || groupOfA === groupOfB) continue;
    for (const contact of groupOfB) people.set(contact, groupOfA.add(contact));
  }
  return [...new Set(people.values())]
    .map((group) => [...group].sort())
    .sort((a, b) => (firstOf(a) < firstOf(b) ? -1 : 1));
}
