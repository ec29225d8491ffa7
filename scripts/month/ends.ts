import type { AppContext } from '../../src/consent/app-context.ts';
import type { ConsentEndReason } from '../../src/domain/consent/consent-state.ts';
import { isStanding } from '../../src/domain/consent/suppression.ts';
import type { SuppressionDoc } from '../../src/store/consent/suppressions.ts';
import type { ContactDoc } from '../../src/store/contacts/contacts.ts';
import { readJoined } from '../../src/store/contacts/person-facts.ts';
import type { Status } from './reckoning.ts';

const PAGE = 1000;

/**
 * Returns the state of the current holders of numbers, by number. If a number waits for a new holder, the last one counts. A
 * person who never had a contact is `refused`.
 */
export async function statusesOf(
  context: Pick<AppContext, 'indexOf' | 'store'>,
  numbers: readonly string[],
): Promise<Map<string, Status>> {
  const statuses = new Map<string, Status>();
  const former = await formerHolders(context);
  for (let from = 0; from < numbers.length; from += PAGE) {
    const page = numbers.slice(from, from + PAGE);
    const indexes = page.map((number) => context.indexOf(number));
    const contacts = await context.store.contacts
      .find(
        { index: { $in: indexes }, current: true },
        { projection: { index: 1, personId: 1, 'subscriptions.state': 1, 'subscriptions.endedBy': 1 } },
      )
      .toArray();
    const byIndex = new Map(contacts.map((contact) => [contact.index, contact]));
    const joined = await readJoined(context.store, contacts);
    for (const [at, number] of page.entries()) {
      const index = indexes[at] ?? '';
      statuses.set(number, statusOf(byIndex.get(index) ?? former.get(index), joined.suppressions(index)));
    }
  }
  return statuses;
}

type Standing = Pick<ContactDoc, 'subscriptions'>;

/** Contacts by blind index, the newest of several. There is no index for this query, so one scan reads all. */
async function formerHolders({ store }: Pick<AppContext, 'store'>): Promise<Map<string, Standing>> {
  const fields = { index: 1, 'subscriptions.state': 1, 'subscriptions.endedBy': 1 };
  const found = await store.contacts
    .find({ current: false }, { projection: fields })
    .sort({ _id: 1 })
    .toArray();
  return new Map(found.map((contact) => [contact.index, contact]));
}

function statusOf(contact: Standing | undefined, rows: readonly SuppressionDoc[]): Status {
  if (contact === undefined) return 'refused';
  const standing = (kind: SuppressionDoc['kind']): boolean =>
    rows.some((row) => row.kind === kind && isStanding(row, null));
  const { subscriptions } = contact;
  const subscribed = subscriptions.some((subscription) => subscription.state === 'subscribed');
  if (standing('hold')) return 'held';
  if (!subscribed && subscriptions.some((subscription) => subscription.state === 'unsubscribed'))
    return 'opted-out';
  const ended = subscriptions
    .map((subscription) => subscription.endedBy)
    .findLast((reason): reason is ConsentEndReason => reason != null);
  if (!subscribed && ended !== undefined) return `ended ${ended}`;
  if (standing('carrier')) return 'blocked';
  if (standing('hygiene')) return 'suppressed';
  return subscribed ? 'active' : 'unconfirmed';
}
