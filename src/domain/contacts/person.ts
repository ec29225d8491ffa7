/** One number of a person, and when its holder was heard on it last. */
export type HeardNumber = {
  contact: string;
  /** Their last text that was no opt-out. */
  repliedAt: Date | null;
  /** When they confirmed the program there. */
  confirmedAt: Date | null;
};

/**
 * Which of a person's numbers gets what they are to get once: the one on which they were heard last, by a text or by their
 * confirmation, since that is the phone in their hand; of equals the first by id. Null where there is none.
 */
export function numberFor(numbers: readonly HeardNumber[]): string | null {
  const [first] = [...numbers].sort(
    (a, b) => heardAt(b) - heardAt(a) || (a.contact < b.contact ? -1 : Number(a.contact > b.contact)),
  );
  return first?.contact ?? null;
}

const heardAt = ({ repliedAt, confirmedAt }: HeardNumber): number =>
  Math.max(repliedAt?.getTime() ?? 0, confirmedAt?.getTime() ?? 0);

/** Two contacts that somebody said are one person. Neither order nor direction matters. */
export type Link = readonly [string, string];

/** Most numbers of one person: more is a mistake, and each message to one of them reads all. */
export const MOST_NUMBERS = 12;

/** Id of the person who has these contacts: it follows from them alone, so that the order of merges does not show. */
export const personIdOf = (contacts: readonly string[]): string => `p_${firstOf(contacts).slice(2)}`;

/** The contact after which a person is named. */
export const contactNamed = (person: string): string => `c_${person.slice(2)}`;

const firstOf = (contacts: readonly string[]): string => [...contacts].sort()[0] ?? '';

/** The people that links make of some contacts, each with their contacts in order; the first contact first. */
export function peopleOf(contacts: readonly string[], links: readonly Link[]): string[][] {
  const people = new Map(contacts.map((one) => [one, new Set([one])]));
  for (const [a, b] of links) {
    const [one, other] = [people.get(a), people.get(b)];
    if (one === undefined || other === undefined || one === other) continue;
    for (const contact of other) people.set(contact, one.add(contact));
  }
  return [...new Set(people.values())]
    .map((one) => [...one].sort())
    .sort((a, b) => (firstOf(a) < firstOf(b) ? -1 : 1));
}
