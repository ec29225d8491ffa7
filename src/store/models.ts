import type { Connection, Model, Schema } from 'mongoose';
import { type ApiKeyDoc, apiKeySchema } from './api-keys.ts';
import { campaignSchema } from './campaigns/campaign-document.ts';
import { attestationSchema } from './consent/attestations.ts';
import { backTestSchema } from './consent/back-tests.ts';
import { consentEventSchema } from './consent/consent-events.ts';
import { type Disclosure, disclosureSchema } from './consent/disclosures.ts';
import { inboundSchema } from './consent/inbound-texts.ts';
import { type ProgramDoc, programSchema, type SenderDoc, senderSchema } from './consent/programs.ts';
import { suppressionSchema } from './consent/suppressions.ts';
import { uncertainTextSchema } from './consent/uncertain-texts.ts';
import { eventSchema } from './contacts/activity.ts';
import { contactSchema } from './contacts/contacts.ts';
import { mergeCandidateSchema, mergeSchema } from './contacts/duplicates.ts';
import { contactFieldSchema } from './contacts/profiles.ts';
import { holderAnswerSchema } from './contacts/reassigned-numbers.ts';
import { numberFactSchema, verificationSchema } from './contacts/verification.ts';
import { deliverySchema } from './deliveries/delivery.ts';
import { receiptSchema } from './deliveries/waiting-receipts.ts';
import { type IdempotencyDoc, idempotencySchema } from './idempotency-keys.ts';
import { jobDaySchema, jobRunSchema, jobStateSchema } from './jobs.ts';
import { journeySchema, journeyVersionSchema } from './journeys/journeys.ts';
import { journeyRunSchema } from './journeys/runs.ts';
import { dailyFiguresSchema } from './reports/delivery-figures.ts';
import { dailyMovesSchema } from './reports/growth.ts';
import { qualityAlarmSchema, qualityScoreSchema } from './reports/quality.ts';
import { type SegmentDoc, segmentSchema } from './segments.ts';
import { incidentSchema } from './senders/incidents.ts';
import { senderStateSchema } from './senders/sender-state.ts';
import { type Mark, markSchema } from './settings.ts';
import { type CouponPoolDoc, couponCodeSchema, couponPoolSchema } from './templates/coupons.ts';
import { clickSchema, linkSchema } from './templates/links.ts';
import {
  type MessageTemplateDoc,
  messageTemplateSchema,
  type TestRecipientDoc,
  testRecipientSchema,
} from './templates/templates.ts';
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
  uncertainTexts: uncertainTextSchema,
  deliveries: deliverySchema,
  consentEvents: consentEventSchema,
  ledgerAttestations: attestationSchema,
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
  | 'uncertainTexts'
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

/**
 * Returns one mongoose model per collection, bound to this connection alone. A model is created when it is first
 * used, since most models are only for administration.
 */
export function makeModels(connection: Connection): Models {
  const models = {};
  for (const [name, schema] of Object.entries(SCHEMAS))
    Object.defineProperty(models, name, {
      enumerable: true,
      get: () => connection.models[name] ?? connection.model(name, schema as Schema),
    });
  return models as Models;
}
