import type { ClientSession } from 'mongodb';
import {
  type Bound,
  boundsOf,
  boundsOfLaw,
  type CapVerdict,
  type CountedMessage,
  capVerdict,
  NOTHING_PROMISED,
  type Promised,
  STATE_HOURS,
} from '../domain/caps/cap-rules.ts';
import type { DisclosureRef } from '../domain/consent/consent-state.ts';
import { EMPTY_PROFILE } from '../domain/contacts/profile.ts';
import { HOUR_MS } from '../domain/durations.ts';
import { zonesOfPerson } from '../domain/hours/zones-of-person.ts';
import type { Program } from '../domain/program.ts';
import type { ContactDoc } from '../store/contacts/contacts.ts';
import type { Others } from '../store/contacts/person-facts.ts';
import { readCapUsage } from '../store/deliveries/cap-usage.ts';
import type { DeliveryDoc } from '../store/deliveries/delivery.ts';
import type { Store } from '../store/store.ts';

export type CapDeps = {
  store: Store;
  program: (id: string) => Program | null;
  /** What the words of one disclosure said of how often messages would come. */
  promised: (program: string, shown: DisclosureRef) => Promised;
};

/** One message, asked about or flagged. */
type CapSubject = Pick<DeliveryDoc, '_id' | 'contact' | 'class' | 'program' | 'topic' | 'test'>;

/**
 * Caps of some people, as one look at what they got found them, for the very messages that it was made for. `number`:
 * asked for only where a law may bind. A verdict throws where what binds its message cannot be read.
 */
export type Caps = {
  verdict: (asked: CapSubject, number: () => string) => CapVerdict;
  /** It goes: what comes after it counts it. */
  took: (asked: CapSubject) => void;
};

/**
 * Who asks: rows under `owner` are those asked about, and count only once they are taken. `others`: what went to the other
 * numbers of a person counts too.
 */
type Asking = { now: Date; owner: string | null; others: Others; session?: ClientSession };

/**
 * Reads what the caps of some messages count, in one command for all of them; only of people whom a cap may bind.
 *
 * Caps are reserved by the flag itself. A dispatcher reads this after its flags are up, in their session, and every
 * other row of the person that is `sending` counts like one that left. Flags are majority writes and have one order.
 * Of two rivals for the last place of a window, the one whose flag is later in that order reads after both are up, and
 * sees the other: `sending`, or handed over. So at most one of the two can fail to see its rival, and only that one
 * can go; whoever sees a rival gives way. Were the lower id to go at once, it could meet a rival that has read before
 * it was flagged and goes too. Instead both give way where each sees the other, and the lower id comes back within
 * half a second, the other after two (`round.ts`): the lower then finds nobody `sending`, and goes.
 *
 * A person with several numbers is one person here: each of the two reads the rows of all of them, so that it does not
 * matter to which number a rival goes.
 */
export async function readCaps(
  deps: CapDeps,
  asked: readonly CapSubject[],
  contacts: ReadonlyMap<string, ContactDoc>,
  { now, owner, others: othersOf, session }: Asking,
): Promise<Caps> {
  const { bounds, broken } = boundAll(asked, createBounds(deps, contacts, othersOf));
  const people = new Set<string>();
  const personOf = createPersonOf(othersOf);
  let hours = STATE_HOURS;
  for (const [{ contact }, list] of bounds) {
    if (list.length > 0) for (const one of [contact, ...othersOf(contact).map(idOf)]) people.add(one);
    for (const one of list) hours = Math.max(hours, one.hours);
  }
  const others = new Map<string, CountedMessage[]>();
  const add = (contact: string, one: CountedMessage): void => {
    const person = personOf(contact);
    const known = others.get(person);
    if (known === undefined) others.set(person, [one]);
    else known.push(one);
  };
  const since = new Date(now.getTime() - hours * HOUR_MS);
  for (const one of await readCapUsage(deps.store, [...people], since, session)) {
    const mine = one.pending && owner !== null && one.owner === owner;
    if (!mine) add(one.contact, one);
  }
  return {
    verdict: (one, number) => {
      if (broken.has(one)) throw broken.get(one);
      const [own = [], had] = [bounds.get(one), others.get(personOf(one.contact))];
      if (had === undefined || own.length === 0) return { kind: 'free' };
      const place = contacts.get(one.contact)?.profile?.place ?? EMPTY_PROFILE.place;
      const where = (): string[] => zonesOfPerson(place, number()).jurisdictions;
      const law = one.class === 'marketing' ? boundsOfLaw(where, had, now) : [];
      return capVerdict([...own, ...law], had, now);
    },
    took: ({ _id: id, contact, class: of, program, topic, test }) => {
      if (test !== true) add(contact, { id, class: of, program, topic, at: now, pending: true });
    },
  };
}

const idOf = ({ _id }: { _id: string }): string => _id;

/** One name for all numbers of a person: the first of their contacts' ids. */
const createPersonOf =
  (othersOf: Others) =>
  (contact: string): string => {
    const others = othersOf(contact);
    return others.length === 0 ? contact : ([contact, ...others.map(idOf)].sort()[0] ?? contact);
  };

/** `broken`: of whom it cannot be read, and why. One of them keeps nobody else's from being read. */
function boundAll(asked: readonly CapSubject[], boundsFor: (one: CapSubject) => Bound[]) {
  const bounds = new Map<CapSubject, Bound[]>();
  const broken = new Map<CapSubject, unknown>();
  for (const one of asked) {
    try {
      bounds.set(one, boundsFor(one));
    } catch (error) {
      broken.set(one, error);
    }
  }
  return { bounds, broken };
}

type Shown = DisclosureRef | undefined;

/** The frequencies and topics that the person accepted: those of the words as they were shown. */
const acceptedBy = ({ promised }: CapDeps, program: Program, shown: Shown): Promised =>
  shown === undefined ? NOTHING_PROMISED : promised(program.id, shown);

/** People who accepted the same words share the caps of a topic; what was promised to one number of a person binds all. */
function createBounds(
  deps: CapDeps,
  contacts: ReadonlyMap<string, ContactDoc>,
  othersOf: Others,
): (one: CapSubject) => Bound[] {
  const known = new Map<string, Bound[]>();
  const underWords = ({ class: of, topic }: CapSubject, id: string, shown: Shown): Bound[] => {
    const key = `${of} ${id} ${topic} ${shown?.touchpoint} ${shown?.version}`;
    const before = known.get(key);
    if (before !== undefined) return before;
    const program = deps.program(id);
    const accepted = program === null ? NOTHING_PROMISED : acceptedBy(deps, program, shown);
    const bounds = program === null ? [] : boundsOf({ class: of, program, topic: topic ?? '', accepted });
    known.set(key, bounds);
    return bounds;
  };
  return (one) => {
    const { contact, class: of, program, topic, test } = one;
    // Our own staff tries a text out as often as it takes.
    if (test === true) return [];
    if ((of !== 'marketing' && of !== 'transactional') || program === null || topic === null) return [];
    const own = underWords(one, program, shownTo(contacts.get(contact)?.subscriptions, program));
    // What a former contact accepted is replaced, or ended, with its consent.
    const others = othersOf(contact).filter(({ current }) => current);
    if (others.length === 0) return own;
    const theirs = others.flatMap(({ subscriptions }) => shownTo(subscriptions.filter(isOn), program) ?? []);
    return [...own, ...theirs.flatMap((shown) => underWords(one, program, shown))];
  };
}

const shownTo = (all: ContactDoc['subscriptions'] | undefined, program: string): Shown =>
  all?.find((one) => one.program === program)?.basis?.disclosure;

const isOn = ({ state }: { state: string }): boolean => state === 'subscribed';
