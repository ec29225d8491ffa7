import { type Db, type MongoClient, ObjectId } from 'mongodb';
import mongoose from 'mongoose';
import { CONCERNS, type Database } from './collection.ts';
import './connection.ts';
import { apiKeys } from './api-keys.ts';
import { apiRequests } from './api-requests.ts';
import { auditDays, auditEntries } from './audit/audit-entries.ts';
import { campaigns } from './campaigns/campaign-document.ts';
import { type Hello, refuseServersOwn, refuseUnfit } from './connection.ts';
import { ledgerAttestations } from './consent/attestations.ts';
import { backTests } from './consent/back-tests.ts';
import { consentEvents } from './consent/consent-events.ts';
import { disclosures } from './consent/disclosures.ts';
import { inbound } from './consent/inbound-texts.ts';
import { programs, senders } from './consent/programs.ts';
import { queueLooks } from './consent/queue-looks.ts';
import { suppressions } from './consent/suppressions.ts';
import { uncertainTexts } from './consent/uncertain-texts.ts';
import { events } from './contacts/activity.ts';
import { contacts } from './contacts/contacts.ts';
import { mergeCandidates, merges } from './contacts/duplicates.ts';
import { personNotes } from './contacts/notes.ts';
import { peopleViews } from './contacts/people-views.ts';
import { contactFields } from './contacts/profiles.ts';
import { holderAnswers } from './contacts/reassigned-numbers.ts';
import { savedAnswers } from './contacts/saved-answers.ts';
import { numberFacts, verifications } from './contacts/verification.ts';
import { deliveries } from './deliveries/delivery.ts';
import { receipts } from './deliveries/waiting-receipts.ts';
import { idempotencyKeys } from './idempotency-keys.ts';
import { jobDays, jobRuns, jobStates } from './jobs.ts';
import { journeys, journeyVersions } from './journeys/journeys.ts';
import { journeyRuns } from './journeys/runs.ts';
import { dailyFigures } from './reports/delivery-figures.ts';
import { dailyMoves } from './reports/growth.ts';
import { qualityAlarms, qualityScores } from './reports/quality.ts';
import { segments } from './segments.ts';
import { incidents } from './senders/incidents.ts';
import { senderStates } from './senders/sender-state.ts';
import { sessions } from './sessions.ts';
import { marks } from './settings.ts';
import { staff } from './staff.ts';
import { staffLinks } from './staff-links.ts';
import { signInTries, staffSignIns } from './staff-sign-ins.ts';
import { couponCodes, couponPools } from './templates/coupons.ts';
import { clicks, links } from './templates/links.ts';
import { templates, testRecipients } from './templates/templates.ts';
import { webProcesses } from './web-processes.ts';

/** Name of the database when MONGODB_URI names none. */
export const DATABASE = 'assent';

/** Every collection. Migrations create these, and a store has each as a property. */
export const COLLECTIONS = [
  programs,
  senders,
  disclosures,
  apiKeys,
  apiRequests,
  marks,
  idempotencyKeys,
  templates,
  segments,
  campaigns,
  contacts,
  suppressions,
  inbound,
  uncertainTexts,
  deliveries,
  consentEvents,
  ledgerAttestations,
  receipts,
  senderStates,
  contactFields,
  events,
  journeys,
  journeyVersions,
  journeyRuns,
  links,
  clicks,
  couponPools,
  couponCodes,
  dailyFigures,
  dailyMoves,
  qualityScores,
  qualityAlarms,
  testRecipients,
  jobStates,
  jobDays,
  jobRuns,
  merges,
  mergeCandidates,
  numberFacts,
  holderAnswers,
  verifications,
  webProcesses,
  backTests,
  incidents,
  sessions,
  savedAnswers,
  queueLooks,
  personNotes,
  auditEntries,
  auditDays,
  peopleViews,
  staff,
  staffLinks,
  staffSignIns,
  signInTries,
] as const;

type Collections = {
  [Declared in (typeof COLLECTIONS)[number] as Declared['collection']]: ReturnType<Declared>;
};

/** The database client of a process, with its collections. */
export type Store = Database & Collections;

export type StoreOptions = {
  uri: string;
  /** Name of the database when the address names none. */
  database?: string;
  /** How long an operation waits for a primary before it fails, ms. */
  selectionMs?: number;
};

/**
 * A server that keeps its connections open but does not answer counts as lost after the sum of both, ms. Commands
 * under way on it then fail.
 */
const HEARTBEAT = { connectTimeoutMS: 5000, heartbeatFrequencyMS: 2000 };

const NAMES_A_DATABASE = /^mongodb(\+srv)?:\/\/[^/]+\/[^?]/;

const databaseOf = ({ uri, database }: StoreOptions) =>
  database === undefined || NAMES_A_DATABASE.test(uri) ? {} : { dbName: database };

/**
 * Connects to the database. Rejects when no primary is found in time. Throws `UnfitServer` when the server or
 * database found cannot do the work.
 */
export async function openStore(options: StoreOptions): Promise<Store> {
  mongoose.set('strictQuery', 'throw');
  const connection = await mongoose
    .createConnection(options.uri, {
      ...databaseOf(options),
      ...CONCERNS,
      serverSelectionTimeoutMS: options.selectionMs ?? 3000,
      ...HEARTBEAT,
      maxPoolSize: 50,
      retryWrites: true,
      // Migrations create the collections; opening a store must create none.
      autoCreate: false,
      appName: 'assent',
    })
    .asPromise();
  const db = connection.db as unknown as Db;
  try {
    refuseServersOwn(db.databaseName);
    refuseUnfit((await db.command({ hello: 1 })) as unknown as Hello);
  } catch (error) {
    await connection.close();
    throw error;
  }
  const database: Database = {
    connection,
    client: connection.getClient() as unknown as MongoClient,
    db,
    seen: {},
    objectId: (hex) => new ObjectId(hex),
    close: () => connection.close(),
  };
  return { ...database, ...collectionsOf(database) };
}

const collectionsOf = (database: Database): Collections =>
  Object.fromEntries(COLLECTIONS.map((declared) => [declared.collection, declared(database)])) as Collections;
