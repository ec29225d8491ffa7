import { type Collection, type Db, type Document, type MongoClient, ObjectId } from 'mongodb';
import mongoose, { type Connection } from 'mongoose';
import type { IncidentHour } from '../domain/hygiene/incident-rules.ts';
import './connection.ts';
import type { CampaignDoc } from './campaigns/campaign-document.ts';
import { type Hello, refuseServersOwn, refuseUnfit } from './connection.ts';
import type { AttestationDoc } from './consent/attestations.ts';
import type { BackTestDoc } from './consent/back-tests.ts';
import type { ConsentEventDoc } from './consent/consent-events.ts';
import type { InboundDoc } from './consent/inbound-texts.ts';
import type { SuppressionDoc } from './consent/suppressions.ts';
import type { UncertainText } from './consent/uncertain-texts.ts';
import type { EventDoc } from './contacts/activity.ts';
import type { ContactDoc } from './contacts/contacts.ts';
import type { CandidateDoc, MergeDoc } from './contacts/duplicates.ts';
import type { ContactFieldDoc } from './contacts/profiles.ts';
import type { HolderAnswerDoc } from './contacts/reassigned-numbers.ts';
import type { NumberFactDoc, VerificationDoc } from './contacts/verification.ts';
import type { DeliveryDoc } from './deliveries/delivery.ts';
import type { ReceiptDoc } from './deliveries/waiting-receipts.ts';
import type { IdempotencyDoc } from './idempotency-keys.ts';
import type { JobDayDoc, JobRunDoc, JobState } from './jobs.ts';
import type { JourneyDoc, JourneyVersionDoc } from './journeys/journeys.ts';
import type { JourneyRunDoc } from './journeys/runs.ts';
import { type Models, makeModels } from './models.ts';
import type { DailyFigures } from './reports/delivery-figures.ts';
import type { DailyMoves } from './reports/growth.ts';
import type { AlarmDoc, QualityScore } from './reports/quality.ts';
import type { SenderStateDoc } from './senders/sender-state.ts';
import type { Mark } from './settings.ts';
import type { CouponCodeDoc } from './templates/coupons.ts';
import type { ClickDoc, LinkDoc } from './templates/links.ts';
import type { SeenTime } from './transaction.ts';
import type { WebProcessDoc } from './web-processes.ts';

/** Name of the database when MONGODB_URI names none. */
export const DATABASE = 'assent';

/** The database client of a process: mongoose models for administration, native collections for hot paths. */
export type Store = {
  connection: Connection;
  client: MongoClient;
  db: Db;
  models: Models;
  contacts: Collection<ContactDoc>;
  suppressions: Collection<SuppressionDoc>;
  inbound: Collection<InboundDoc>;
  uncertainTexts: Collection<UncertainText>;
  deliveries: Collection<DeliveryDoc>;
  consentEvents: Collection<ConsentEventDoc>;
  ledgerAttestations: Collection<AttestationDoc>;
  receipts: Collection<ReceiptDoc>;
  senderStates: Collection<SenderStateDoc>;
  idempotencyKeys: Collection<IdempotencyDoc>;
  campaigns: Collection<CampaignDoc>;
  contactFields: Collection<ContactFieldDoc>;
  events: Collection<EventDoc>;
  journeys: Collection<JourneyDoc>;
  journeyVersions: Collection<JourneyVersionDoc>;
  journeyRuns: Collection<JourneyRunDoc>;
  marks: Collection<Mark>;
  links: Collection<LinkDoc>;
  clicks: Collection<ClickDoc>;
  couponCodes: Collection<CouponCodeDoc>;
  jobStates: Collection<JobState>;
  jobDays: Collection<JobDayDoc>;
  jobRuns: Collection<JobRunDoc>;
  merges: Collection<MergeDoc>;
  mergeCandidates: Collection<CandidateDoc>;
  numberFacts: Collection<NumberFactDoc>;
  holderAnswers: Collection<HolderAnswerDoc>;
  verifications: Collection<VerificationDoc>;
  backTests: Collection<BackTestDoc>;
  incidents: Collection<IncidentHour>;
  dailyFigures: Collection<DailyFigures>;
  dailyMoves: Collection<DailyMoves>;
  qualityScores: Collection<QualityScore>;
  qualityAlarms: Collection<AlarmDoc>;
  webProcesses: Collection<WebProcessDoc>;
  seen: SeenTime;
  objectId: (hex: string) => ObjectId;
  close: () => Promise<void>;
};

export type StoreOptions = {
  uri: string;
  /** Name of the database when the address names none. */
  database?: string;
  /** How long an operation waits for a primary before it fails, ms. */
  selectionMs?: number;
};

/** Reads and writes that a promise depends on need a majority of the replica set. */
const CONCERNS = {
  writeConcern: { w: 'majority' as const, journal: true },
  readConcern: { level: 'majority' as const },
  readPreference: 'primary' as const,
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
  return {
    connection,
    client: connection.getClient() as unknown as MongoClient,
    db,
    models: makeModels(connection),
    ...collectionsOf(db),
    seen: {},
    objectId: (hex) => new ObjectId(hex),
    close: () => connection.close(),
  };
}

type Collections = Omit<Store, 'connection' | 'client' | 'db' | 'models' | 'seen' | 'objectId' | 'close'>;

const nativeOf =
  (db: Db) =>
  <T extends Document>(name: string): Collection<T> =>
    db.collection<T>(name, { ...CONCERNS, promoteBuffers: true, ignoreUndefined: true });

function collectionsOf(db: Db): Collections {
  const native = nativeOf(db);
  return {
    contacts: native('contacts'),
    suppressions: native('suppressions'),
    inbound: native('inbound'),
    uncertainTexts: native('uncertainTexts'),
    deliveries: native('deliveries'),
    consentEvents: native('consentEvents'),
    ledgerAttestations: native('ledgerAttestations'),
    receipts: native('receipts'),
    senderStates: native('senderStates'),
    idempotencyKeys: native('idempotencyKeys'),
    campaigns: native('campaigns'),
    contactFields: native('contactFields'),
    events: native('events'),
    journeys: native('journeys'),
    journeyVersions: native('journeyVersions'),
    journeyRuns: native('journeyRuns'),
    marks: native('marks'),
    links: native('links'),
    clicks: native('clicks'),
    couponCodes: native('couponCodes'),
    jobStates: native('jobStates'),
    jobDays: native('jobDays'),
    jobRuns: native('jobRuns'),
    merges: native('merges'),
    mergeCandidates: native('mergeCandidates'),
    numberFacts: native('numberFacts'),
    holderAnswers: native('holderAnswers'),
    verifications: native('verifications'),
    backTests: native('backTests'),
    incidents: native('incidents'),
    dailyFigures: native('dailyFigures'),
    dailyMoves: native('dailyMoves'),
    qualityScores: native('qualityScores'),
    qualityAlarms: native('qualityAlarms'),
    webProcesses: native('webProcesses'),
  };
}
