import type { AppContext } from '../../src/consent/app-context.ts';
import { LIKELY_SCORE } from '../../src/domain/contacts/duplicates.ts';
import type { Member, MonthCast } from './cast.ts';
import type { MonthStage } from './stage.ts';
import { contactsOf } from './truth.ts';

/** What the scan for duplicates found, beside the truth. */
export type Duplicates = {
  /** Pairs of numbers that belong to one person, who still has both. */
  pairs: number;
  found: number;
  /** Open pairs of two different people, and those of them that the scan calls likely. */
  others: number;
  likelyOthers: number;
};

/** The person at a position, by their first number. */
function personAt(cast: MonthCast, at: number): number {
  const event = cast.members[at]?.event;
  return event?.kind === 'twin' ? personAt(cast, event.of) : at;
}

/** People with two numbers gave their e-mail address with both, in one of two spellings, and nothing else with the second. */
export async function giveAddresses({ api }: Pick<MonthStage, 'api'>, cast: MonthCast): Promise<void> {
  const field = { type: 'text', label: 'E-mail', identifies: 'mailbox' };
  await must(api('PUT', '/contact-fields/email', field));
  for (const { number, at, event } of cast.members) {
    if (event.kind !== 'twin') continue;
    const first = cast.members[event.of];
    if (first === undefined) continue;
    const address = `person${personAt(cast, at)}@example.org`;
    await must(api('POST', '/contacts', { phone: first.number, fields: { email: address } }));
    const second = { first_name: null, last_name: null, birth_date: null };
    const email = address.toUpperCase();
    await must(api('POST', '/contacts', { phone: number, ...second, fields: { email } }));
  }
}

async function must(answer: ReturnType<MonthStage['api']>): Promise<void> {
  const { status, body } = await answer;
  if (status >= 300) throw new Error(`the gateway answered ${status}: ${JSON.stringify(body)}`);
}

export async function readDuplicates(
  context: Pick<AppContext, 'indexOf' | 'store'>,
  cast: MonthCast,
): Promise<Duplicates> {
  const ids = await contactsOf(context, cast.members);
  const personOf = new Map(cast.members.map(({ number, at }) => [ids.get(number), personAt(cast, at)]));
  const truth = pairsIn(cast, ids);
  const duplicates: Duplicates = { pairs: truth.size, found: 0, others: 0, likelyOthers: 0 };
  const found = context.store.mergeCandidates.find(
    { state: 'open' },
    { projection: { contacts: 1, score: 1 } },
  );
  for await (const { contacts, score } of found) {
    const [first, other] = contacts;
    if (truth.has(pairOf(first, other))) duplicates.found += 1;
    else if (personOf.get(first) === undefined || personOf.get(first) !== personOf.get(other)) {
      duplicates.others += 1;
      if (score >= LIKELY_SCORE) duplicates.likelyOthers += 1;
    }
  }
  return duplicates;
}

/** A number with another holder than at the start of the month counts as another person. */
function pairsIn({ members }: MonthCast, ids: ReadonlyMap<string, string>): Set<string> {
  const isTheirs = ({ event }: Member): boolean => event.kind !== 'reassigned';
  return new Set(
    members.flatMap(({ number, event }) => {
      const first = event.kind === 'twin' ? members[event.of] : undefined;
      if (first === undefined || !isTheirs(first)) return [];
      return [pairOf(ids.get(number) ?? '', ids.get(first.number) ?? '')];
    }),
  );
}

const pairOf = (first: string, other: string): string => [first, other].sort().join(' ');
