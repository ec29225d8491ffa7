import { type Collection, type Db, type Document, type MongoClient, ObjectId } from 'mongodb';
import mongoose, { type Connection } from 'mongoose';
import type { IncidentHour } from '../domain/hygiene/incident.ts';
import type { BackTestDoc } from './back-tests.ts';
import type { CampaignDoc } from './campaigns.ts';
import type { ClickDoc } from './clicks.ts';
import type { ConsentEventDoc } from './consent-events.ts';
import type { ContactFieldDoc } from './contact-fields.ts';
import type { ContactDoc } from './contacts.ts';
import type { CouponCodeDoc } from './coupon-codes.ts';
import type { DailyFigures } from './daily-figures.ts';
import type { DeliveryDoc } from './deliveries.ts';
import type { EventDoc } from './events.ts';
import type { HolderAnswerDoc } from './holder-checks.ts';
import type { IdempotencyDoc } from './idempotency.ts';
import type { InboundDoc } from './inbound.ts';
import type { JobDayDoc } from './job-days.ts';
import type { JobRunDoc } from './job-runs.ts';
import type { JobState } from './job-states.ts';
import type { JourneyRunDoc } from './journey-runs.ts';
import type { JourneyVersionDoc } from './journey-versions.ts';
import type { JourneyDoc } from './journeys.ts';
import type { LinkDoc } from './links.ts';
import type { Mark } from './marks.ts';
import type { CandidateDoc } from './merge-candidates.ts';
import type { MergeDoc } from './merges.ts';
import { type Models, makeModels } from './models.ts';
import type { NumberFactDoc } from './number-facts.ts';
import type { AlarmDoc, QualityScore } from './quality.ts';
import type { ReceiptDoc } from './receipts.ts';
import type { DailyMoves } from './report-consents.ts';
import type { SenderStateDoc } from './sender-states.ts';
import type { SuppressionDoc } from './suppressions.ts';
import type { VerificationDoc } from './verifications.ts';
import type { WebProcessDoc } from './web-processes.ts';

/** The one client of a process: mongoose for administration, native collections for hot paths. */
export type Store = {
  connection: Connection;
  client: MongoClient;
  db: Db;
  models: Models;
  contacts: Collection<ContactDoc>;
  suppressions: Collection<SuppressionDoc>;
  inbound: Collection<InboundDoc>;
  deliveries: Collection<DeliveryDoc>;
  consentEvents: Collection<ConsentEventDoc>;
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
  objectId: (hex: string) => ObjectId;
  close: () => Promise<void>;
};

export type StoreOptions = {
  uri: string;
  /** Database name where the address names none. */
  database?: string;
  /** How long an operation looks for a primary before it fails, ms. */
  selectionMs?: number;
};

/** Everything a promise depends on is written to, and read from, a majority. */
const CONCERNS = {
  writeConcern: { w: 'majority' as const, journal: true },
  readConcern: { level: 'majority' as const },
  readPreference: 'primary' as const,
};

/**
 * A server that keeps its connections and says nothing counts as lost after both together, ms; commands under way on it are
 * then broken off.
 */
const HEARTBEAT = { connectTimeoutMS: 5000, heartbeatFrequencyMS: 2000 };

const NAMES_A_DATABASE = /^mongodb(\+srv)?:\/\/[^/]+\/[^?]/;

const databaseOf = ({ uri, database }: StoreOptions) =>
  database === undefined || NAMES_A_DATABASE.test(uri) ? {} : { dbName: database };

/** Connects, and fails where no primary is found in time. */
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
      appName: 'assent',
    })
    .asPromise();
  const db = connection.db as unknown as Db;
  return {
    connection,
    client: connection.getClient() as unknown as MongoClient,
    db,
    models: makeModels(connection),
    ...collectionsOf(db),
    objectId: (hex) => new ObjectId(hex),
    close: () => connection.close(),
  };
}

type Collections = Omit<Store, 'connection' | 'client' | 'db' | 'models' | 'objectId' | 'close'>;

function collectionsOf(db: Db): Collections {
  const native = <T extends Document>(name: string): Collection<T> =>
    db.collection<T>(name, { ...CONCERNS, promoteBuffers: true, ignoreUndefined: true });
  return {
    contacts: native('contacts'),
    suppressions: native('suppressions'),
    inbound: native('inbound'),
    deliveries: native('deliveries'),
    consentEvents: native('consentEvents'),
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
