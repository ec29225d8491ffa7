import type { Database } from '../collection.ts';
import { type ConsentEventDoc, consentEvents } from '../consent/consent-events.ts';
import { type InboundDoc, inbound } from '../consent/inbound-texts.ts';
import { type DeliveryDoc, deliveries } from '../deliveries/delivery.ts';
import { type JourneyRunDoc, journeyRuns } from '../journeys/runs.ts';
import { type ClickDoc, clicks } from '../templates/links.ts';
import { type EventDoc, events } from './activity.ts';
import { type PersonNoteDoc, personNotes } from './notes.ts';

/** Rows that one read of an export may have in memory. */
const BATCH = { batchSize: 500 };

// Everything that names a contact, oldest first, read as it is asked for: a person may have written ten thousand texts.

export const textsOfContact = (database: Database, contact: string): AsyncIterable<InboundDoc> =>
  inbound(database).find({ contact }, BATCH).sort({ receivedAt: 1 });

export const messagesOfContact = (database: Database, contact: string): AsyncIterable<DeliveryDoc> =>
  deliveries(database).find({ contact }, BATCH).sort({ contact: 1, createdAt: 1, _id: 1 });

export const entriesOfContact = (database: Database, contact: string): AsyncIterable<ConsentEventDoc> =>
  consentEvents(database)
    .find({ contact }, { ...BATCH, projection: { _id: 0 } })
    .sort({ seq: 1 });

export const notesOfContact = (database: Database, contact: string): AsyncIterable<PersonNoteDoc> =>
  personNotes(database).find({ contact }, BATCH).sort({ contact: 1, at: 1, _id: 1 });

export const eventsOfContact = (database: Database, contact: string): AsyncIterable<EventDoc> =>
  events(database).find({ contact }, BATCH).sort({ at: 1 });

/** The id of a run begins with its contact, whose id has no sign that is special in a pattern. */
export const runsOfContact = (database: Database, contact: string): AsyncIterable<JourneyRunDoc> =>
  journeyRuns(database)
    .find({ _id: { $gte: `${contact}.`, $lt: `${contact}/` } }, BATCH)
    .sort({ _id: 1 });

export const clicksOfMessage = (database: Database, delivery: string): Promise<ClickDoc[]> =>
  clicks(database).find({ delivery }).sort({ firstAt: 1 }).toArray();
