import type { Connection, Model, Schema } from 'mongoose';
import { type ApiKeyDoc, apiKeySchema } from './api-keys.ts';
import { backTestSchema } from './back-tests.ts';
import { type ProgramDoc, programSchema, type SenderDoc, senderSchema } from './book.ts';
import { campaignSchema } from './campaigns.ts';
import { clickSchema } from './clicks.ts';
import { consentEventSchema } from './consent-events.ts';
import { contactFieldSchema } from './contact-fields.ts';
import { contactSchema } from './contacts.ts';
import { couponCodeSchema } from './coupon-codes.ts';
import { type CouponPoolDoc, couponPoolSchema } from './coupon-pools.ts';
import { dailyFiguresSchema } from './daily-figures.ts';
import { deliverySchema } from './delivery-schema.ts';
import { type Disclosure, disclosureSchema } from './disclosures.ts';
import { eventSchema } from './events.ts';
import { holderAnswerSchema } from './holder-checks.ts';
import { type IdempotencyDoc, idempotencySchema } from './idempotency.ts';
import { inboundSchema } from './inbound.ts';
import { incidentSchema } from './incidents.ts';
import { jobDaySchema } from './job-days.ts';
import { jobRunSchema } from './job-runs.ts';
import { jobStateSchema } from './job-states.ts';
import { journeyRunSchema } from './journey-runs.ts';
import { journeyVersionSchema } from './journey-versions.ts';
import { journeySchema } from './journeys.ts';
import { linkSchema } from './links.ts';
import { type Mark, markSchema } from './marks.ts';
import { mergeCandidateSchema } from './merge-candidates.ts';
import { mergeSchema } from './merges.ts';
import { type MessageTemplateDoc, messageTemplateSchema } from './message-templates.ts';
import { numberFactSchema } from './number-facts.ts';
import { qualityAlarmSchema, qualityScoreSchema } from './quality.ts';
import { receiptSchema } from './receipts.ts';
import { dailyMovesSchema } from './report-consents.ts';
import { type SegmentDoc, segmentSchema } from './segments.ts';
import { senderStateSchema } from './sender-states.ts';
import { suppressionSchema } from './suppressions.ts';
import { type TestRecipientDoc, testRecipientSchema } from './test-recipients.ts';
import { verificationSchema } from './verifications.ts';
import { webProcessSchema } from './web-processes.ts';

const SCHEMAS = {
  programs: programSchema,
  senders: senderSchema,
  disclosures: disclosureSchema,
  apiKeys: apiKeySchema,
  marks: markSchema,
  idempotencyKeys: idempotencySchema,
  templates: messageTemplateSchema,
  segments: segmentSchema,
  campaigns: campaignSchema,
  contacts: contactSchema,
  suppressions: suppressionSchema,
  inbound: inboundSchema,
  deliveries: deliverySchema,
  consentEvents: consentEventSchema,
  receipts: receiptSchema,
  senderStates: senderStateSchema,
  contactFields: contactFieldSchema,
  events: eventSchema,
  journeys: journeySchema,
  journeyVersions: journeyVersionSchema,
  journeyRuns: journeyRunSchema,
  links: linkSchema,
  clicks: clickSchema,
  couponPools: couponPoolSchema,
  couponCodes: couponCodeSchema,
  dailyFigures: dailyFiguresSchema,
  dailyMoves: dailyMovesSchema,
  qualityScores: qualityScoreSchema,
  qualityAlarms: qualityAlarmSchema,
  testRecipients: testRecipientSchema,
  jobStates: jobStateSchema,
  jobDays: jobDaySchema,
  jobRuns: jobRunSchema,
  merges: mergeSchema,
  mergeCandidates: mergeCandidateSchema,
  numberFacts: numberFactSchema,
  holderAnswers: holderAnswerSchema,
  verifications: verificationSchema,
  webProcesses: webProcessSchema,
  backTests: backTestSchema,
  incidents: incidentSchema,
} as const;

export type Models = {
  programs: Model<ProgramDoc>;
  senders: Model<SenderDoc>;
  disclosures: Model<Disclosure>;
  apiKeys: Model<ApiKeyDoc>;
  marks: Model<Mark>;
  idempotencyKeys: Model<IdempotencyDoc>;
  templates: Model<MessageTemplateDoc>;
  segments: Model<SegmentDoc>;
  couponPools: Model<CouponPoolDoc>;
  testRecipients: Model<TestRecipientDoc>;
} & Record<
  | 'contacts'
  | 'suppressions'
  | 'inbound'
  | 'deliveries'
  | 'consentEvents'
  | 'receipts'
  | 'senderStates'
  | 'contactFields'
  | 'events'
  | 'links'
  | 'clicks'
  | 'couponCodes'
  | 'merges'
  | 'mergeCandidates'
  | 'numberFacts'
  | 'verifications'
  | 'webProcesses'
  | 'backTests'
  | 'incidents'
  | 'dailyFigures'
  | 'dailyMoves'
  | 'qualityScores'
  | 'qualityAlarms',
  Model<unknown>
>;

/** One model a collection, made on this connection alone. */
export function makeModels(connection: Connection): Models {
  const entries = Object.entries(SCHEMAS).map(([name, schema]) => [
    name,
    connection.model(name, schema as Schema),
  ]);
  return Object.fromEntries(entries) as unknown as Models;
}
