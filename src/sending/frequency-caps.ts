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
  /** What the words of one disclosure promised about frequency. */
  promised: (program: string, shown: DisclosureRef) => Promised;
};

/** One message to check, or a claimed one. */
type CapSubject = Pick<DeliveryDoc, '_id' | 'contact' | 'class' | 'program' | 'topic' | 'test'>;

/**
 * The caps of some people, read once for the messages given to `readCaps`. `number` is called only where a law may
 * apply. `verdict` throws where the limits of its message cannot be read.
 */
export type Caps = {
  verdict: (asked: CapSubject, number: () => string) => CapVerdict;
  /** Counts a message that is sent, for the messages after it. */
  took: (asked: CapSubject) => void;
};

/**
 * `owner`: deliveries claimed under it are the ones asked about, and count only once `took` is called. `others`:
 * messages to the other numbers of a person count too.
 */
type Asking = { now: Date; owner: string | null; others: Others; session?: ClientSession };

/**
 * Reads in one command what the caps of some messages count; only for people to whom a cap may apply.
 *
 * The claim itself reserves a place under a cap. A dispatcher calls this after its claims, in the same session, and
 * every other delivery of the person that is `sending` counts like one that was sent. Claims are majority writes and
 * have one order. Of two rivals for the last place of a window, the later claim is followed by a read that sees the
 * other rival, `sending` or handed over. So at most one of the two misses its rival, and only that one may be sent; a
 * delivery that sees a rival gives way. If the lower id were sent at once, its rival might have read before the lower
 * id was claimed, and both would be sent. So where both see each other, both give way. The lower id returns within
 * half a second, the other after two (`claim-batch.ts`): the lower id then finds no rival `sending`, and is sent.
 *
 * A person with several numbers is one person here. Each rival reads the deliveries to all of the numbers.
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
    if (list.length > 0) for (const person of [contact, ...othersOf(contact).map(idOf)]) people.add(person);
    for (const bound of list) hours = Math.max(hours, bound.hours);
  }
  const countedByPerson = new Map<string, CountedMessage[]>();
  const add = (contact: string, countedMessage: CountedMessage): void => {
    const person = personOf(contact);
    const known = countedByPerson.get(person);
    if (known === undefined) countedByPerson.set(person, [countedMessage]);
    else known.push(countedMessage);
  };
  const since = new Date(now.getTime() - hours * HOUR_MS);
  for (const counted of await readCapUsage(deps.store, [...people], since, session)) {
    const isOwn = counted.pending && owner !== null && counted.owner === owner;
    if (!isOwn) add(counted.contact, counted);
  }
  return {
    verdict: (capSubject, number) => {
      if (broken.has(capSubject)) throw broken.get(capSubject);
      const [own = [], had] = [bounds.get(capSubject), countedByPerson.get(personOf(capSubject.contact))];
      if (had === undefined || own.length === 0) return { kind: 'free' };
      const place = contacts.get(capSubject.contact)?.profile?.place ?? EMPTY_PROFILE.place;
      const jurisdictions = (): string[] => zonesOfPerson(place, number()).jurisdictions;
      const law = capSubject.class === 'marketing' ? boundsOfLaw(jurisdictions, had, now) : [];
      return capVerdict([...own, ...law], had, now);
    },
    took: ({ _id: id, contact, class: messageClass, program, topic, test }) => {
      if (test !== true) add(contact, { id, class: messageClass, program, topic, at: now, pending: true });
    },
  };
}

const idOf = ({ _id }: { _id: string }): string => _id;

/** One key for all numbers of a person: the lowest of their contact ids. */
const createPersonOf =
  (othersOf: Others) =>
  (contact: string): string => {
    const others = othersOf(contact);
    return others.length === 0 ? contact : ([contact, ...others.map(idOf)].sort()[0] ?? contact);
  };

/** `broken`: messages whose limits cannot be read, with the error. One broken contact must not block the others. */
function boundAll(asked: readonly CapSubject[], boundsFor: (capSubject: CapSubject) => Bound[]) {
  const bounds = new Map<CapSubject, Bound[]>();
  const broken = new Map<CapSubject, unknown>();
  for (const capSubject of asked) {
    try {
      bounds.set(capSubject, boundsFor(capSubject));
    } catch (error) {
      broken.set(capSubject, error);
    }
  }
  return { bounds, broken };
}

type Shown = DisclosureRef | undefined;

/** The frequencies and topics that the person accepted, by the words that were shown to them. */
const acceptedBy = ({ promised }: CapDeps, program: Program, shown: Shown): Promised =>
  shown === undefined ? NOTHING_PROMISED : promised(program.id, shown);

/**
 * People who accepted the same words share the caps of a topic. A promise to one number of a person binds all of
 * them.
 */
function createBounds(
  deps: CapDeps,
  contacts: ReadonlyMap<string, ContactDoc>,
  othersOf: Others,
): (capSubject: CapSubject) => Bound[] {
  const known = new Map<string, Bound[]>();
  const underWords = ({ class: messageClass, topic }: CapSubject, id: string, shown: Shown): Bound[] => {
    const key = `${messageClass} ${id} ${topic} ${shown?.touchpoint} ${shown?.version}`;
    const before = known.get(key);
    if (before !== undefined) return before;
    const program = deps.program(id);
    const accepted = program === null ? NOTHING_PROMISED : acceptedBy(deps, program, shown);
    const bounds =
      program === null ? [] : boundsOf({ class: messageClass, program, topic: topic ?? '', accepted });
    known.set(key, bounds);
    return bounds;
  };
  return (capSubject) => {
    const { contact, class: messageClass, program, topic, test } = capSubject;
    // Staff may test a message as often as needed.
    if (test === true) return [];
    if (
      (messageClass !== 'marketing' && messageClass !== 'transactional') ||
      program === null ||
      topic === null
    )
      return [];
    const own = underWords(capSubject, program, shownTo(contacts.get(contact)?.subscriptions, program));
    // The consent of a former contact has ended or was replaced, and so have its promises.
    const otherContacts = othersOf(contact).filter(({ current }) => current);
    if (otherContacts.length === 0) return own;
    const otherDisclosures = otherContacts.flatMap(
      ({ subscriptions }) => shownTo(subscriptions.filter(isOn), program) ?? [],
    );
    return [...own, ...otherDisclosures.flatMap((shown) => underWords(capSubject, program, shown))];
  };
}

const shownTo = (all: ContactDoc['subscriptions'] | undefined, program: string): Shown =>
  all?.find((storedSubscription) => storedSubscription.program === program)?.basis?.disclosure;

const isOn = ({ state }: { state: string }): boolean => state === 'subscribed';
