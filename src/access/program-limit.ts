import type { AppContext } from '../consent/app-context.ts';
import type { LimitedKind } from '../domain/access/program-limits.ts';
import { findCampaign } from '../store/campaigns/campaigns.ts';
import { findInbound } from '../store/consent/inbound-texts.ts';
import { findHold } from '../store/consent/suppressions.ts';
import { findContact, findHolders } from '../store/contacts/contacts.ts';
import { findDeliveries } from '../store/deliveries/delivery.ts';
import { findJourney } from '../store/journeys/journeys.ts';
import type { Store } from '../store/store.ts';

const HOLD = /^[0-9a-f]{24}$/;

/** The person, message, text, hold, campaign or journey that a page shows, by its id. */
export type LimitedSubject = { kind: LimitedKind; id: string };

/**
 * The programs that something belongs to: those of a campaign or journey, that of a message, those that a person was
 * ever asked to join. A text and a hold belong where their person does. Null: there is no such thing.
 */
export async function programsOf(
  { store }: Pick<AppContext, 'store'>,
  { kind, id }: LimitedSubject,
): Promise<readonly string[] | null> {
  switch (kind) {
    case 'person':
      return programsOfPerson(store, id);
    case 'message':
      return programsOfMessage(store, id);
    case 'text': {
      const [text] = await findInbound(store, [id]);
      if (text === undefined) return null;
      return text.contact === null ? [] : programsOfPerson(store, text.contact);
    }
    case 'hold': {
      const [row = ''] = id.split('.');
      const hold = HOLD.test(row) ? await findHold(store, row) : null;
      if (hold === null) return null;
      const holders = await findHolders(store, [hold.index]);
      return holders.flatMap(({ subscriptions }) => subscriptions.map(({ program }) => program));
    }
    case 'campaign':
      return programsIn(await findCampaign(store, id));
    case 'journey':
      return programsIn(await findJourney(store, id));
    default:
      return kind satisfies never;
  }
}

const programsIn = (found: { program: string } | null): string[] | null =>
  found === null ? null : [found.program];

async function programsOfPerson(store: Store, id: string): Promise<string[] | null> {
  const found = await findContact(store, id);
  return found === null ? null : found.subscriptions.map(({ program }) => program);
}

/** A message of no program answers somebody: it belongs where the person does. */
async function programsOfMessage(store: Store, id: string): Promise<readonly string[] | null> {
  const [message] = await findDeliveries(store, [id]);
  if (message === undefined) return null;
  return message.program === null ? programsOfPerson(store, message.contact) : [message.program];
}
