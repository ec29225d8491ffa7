import type { Connection, Model, Schema } from 'mongoose';
import { type ApiKeyDoc, apiKeySchema } from './api-keys.ts';
import { campaignSchema } from './campaigns/campaigns.ts';
import { clickSchema } from './campaigns/clicks.ts';
import { couponCodeSchema } from './campaigns/coupon-codes.ts';
import { type CouponPoolDoc, couponPoolSchema } from './campaigns/coupon-pools.ts';
import { linkSchema } from './campaigns/links.ts';
import { type MessageTemplateDoc, messageTemplateSchema } from './campaigns/message-templates.ts';
import { type SegmentDoc, segmentSchema } from './campaigns/segments.ts';
import { attestationSchema } from './consent/attestations.ts';
import { backTestSchema } from './consent/back-tests.ts';
import { type ProgramDoc, programSchema, type SenderDoc, senderSchema } from './consent/book.ts';
import { consentEventSchema } from './consent/consent-events.ts';
import { type Disclosure, disclosureSchema } from './consent/disclosures.ts';
import { inboundSchema } from './consent/inbound.ts';
import { suppressionSchema } from './consent/suppressions.ts';
import { uncertainTextSchema } from './consent/uncertain-text.ts';
import { receiptSchema } from './deliveries/receipts.ts';
import { deliverySchema } from './deliveries/schema.ts';
import { type IdempotencyDoc, idempotencySchema } from './idempotency.ts';
import { jobRunSchema } from './job-runs.ts';
import { jobStateSchema } from './job-states.ts';
import { journeySchema } from './journeys/journeys.ts';
import { journeyRunSchema } from './journeys/runs.ts';
import { journeyVersionSchema } from './journeys/versions.ts';
import { type Mark, markSchema } from './marks.ts';
import { contactFieldSchema } from './people/contact-fields.ts';
import { contactSchema } from './people/contacts.ts';
import { eventSchema } from './people/events.ts';
import { holderAnswerSchema } from './people/holder-checks.ts';
import { mergeCandidateSchema } from './people/merge-candidates.ts';
import { mergeSchema } from './people/merges.ts';
import { numberFactSchema } from './people/number-facts.ts';
import { type TestRecipientDoc, testRecipientSchema } from './people/test-recipients.ts';
import { verificationSchema } from './people/verifications.ts';
import { dailyMovesSchema } from './reports/consents.ts';
import { dailyFiguresSchema } from './reports/daily-figures.ts';
import { jobDaySchema } from './reports/job-days.ts';
import { qualityAlarmSchema, qualityScoreSchema } from './reports/quality.ts';
import { incidentSchema } from './senders/incidents.ts';
import { senderStateSchema } from './senders/states.ts';
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

/** One model a collection, of this connection alone; made when it is first asked for, since most are only for administration. */
export function makeModels(connection: Connection): Models {
  const models = {};
  for (const [name, schema] of Object.entries(SCHEMAS))
    Object.defineProperty(models, name, {
      enumerable: true,
      get: () => connection.models[name] ?? connection.model(name, schema as Schema),
    });
  return models as Models;
}
