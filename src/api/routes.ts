import { BACK_TEST_ROUTES } from './back-tests.ts';
import { act, FLIGHT_ROUTES } from './campaign-lifecycle.ts';
import * as preview from './campaign-preview.ts';
import { progressAnswer } from './campaign-shapes.ts';
import {
  beginCampaign,
  campaignAnswer,
  campaignBody,
  campaignParams,
  campaignsAnswer,
  campaignsQuery,
  draftParams,
  listCampaigns,
  putCampaign,
  showCampaign,
  showProgress,
  startBody,
  steer,
  steerBody,
  steeredAnswer,
} from './campaigns.ts';
import { byPhone, check, checkAnswer, checkBody } from './checks.ts';
import { CONSENT_RECORD_ROUTE } from './consent-records.ts';
import { STATUS_ROUTE } from './contact-status.ts';
import { CONTACT_ROUTES } from './contacts.ts';
import { COUPON_ROUTES } from './coupon-pools.ts';
import { DELIVERY_ROUTES } from './deliveries.ts';
import { HYGIENE_ROUTES } from './error-codes.ts';
import { HOLD_ROUTES } from './holds.ts';
import { type ApiRoute, defineRoute } from './http/route.ts';
import { INBOX_REPORT_ROUTE, INBOX_ROUTES } from './inbox.ts';
import { JOB_ROUTES } from './jobs.ts';
import { JOURNEY_ROUTES } from './journeys.ts';
import { KEY_ROUTES } from './keys.ts';
import { MESSAGE_ROUTE } from './messages.ts';
import { OPT_IN_ROUTE } from './opt-ins.ts';
import { OPT_OUT_ROUTE, OVERTURN_ROUTE } from './opt-outs.ts';
import { PEOPLE_ROUTES } from './people.ts';
import * as programs from './programs.ts';
import { QUALITY_ROUTES } from './quality.ts';
import {
  deliverabilityAnswer,
  deliverabilityForms,
  deliverabilityQuery,
  errorsAnswer,
  errorsForms,
  errorsQuery,
  showDeliverability,
  showErrors,
} from './reports/deliverability.ts';
import * as growth from './reports/growth.ts';
import * as listQuality from './reports/list-quality.ts';
import { SEGMENT_ROUTES } from './segments.ts';
import { SENDER_ROUTES } from './senders.ts';
import { SUPPRESSION_ROUTE } from './suppressions.ts';
import { TEMPLATE_ROUTES } from './templates.ts';
import { TEST_RECIPIENT_ROUTES } from './test-recipients.ts';
import { NUMBER_ROUTES } from './verifications.ts';

/** Campaigns, from draft to end. */
const CAMPAIGN_ROUTES: readonly ApiRoute[] = [
  defineRoute({
    method: 'get',
    path: '/campaigns',
    scope: 'programs:read',
    summary: 'List the campaigns, each with its progress.',
    query: campaignsQuery,
    answer: campaignsAnswer,
    handle: listCampaigns,
  }),
  defineRoute({
    method: 'get',
    path: '/campaigns/{id}',
    scope: 'programs:read',
    summary: 'Show a campaign, its progress, and when it will be done.',
    params: campaignParams,
    answer: campaignAnswer,
    problems: ['not-found'],
    handle: showCampaign,
  }),
  defineRoute({
    method: 'put',
    path: '/campaigns/{id}',
    scope: 'programs:write',
    summary: 'Save a whole draft. Nothing is sent before the campaign is started.',
    params: draftParams,
    body: campaignBody,
    answer: campaignAnswer,
    problems: ['not-possible'],
    handle: putCampaign,
  }),
  defineRoute({
    method: 'post',
    path: '/campaigns/{id}/preview',
    scope: 'programs:read',
    summary:
      'Show when people would get a campaign, by their local time, and what they would wait for. Nothing is sent.',
    params: preview.previewParams,
    body: preview.previewBody,
    answer: preview.previewAnswer,
    problems: ['not-found', 'not-possible'],
    handle: preview.previewCampaign,
  }),
  defineRoute({
    ...act,
    path: '/campaigns/{id}/start',
    summary:
      'Start a campaign: freeze its audience and words, and send now, at a time, at a local time of each person, or repeatedly.',
    body: startBody,
    handle: beginCampaign,
  }),
  defineRoute({
    method: 'get',
    path: '/campaigns/{id}/progress',
    scope: 'programs:read',
    summary: 'Show the progress of a campaign in numbers.',
    params: campaignParams,
    answer: progressAnswer,
    problems: ['not-found'],
    handle: showProgress,
  }),
  defineRoute({
    ...act,
    path: '/campaigns/{id}/pause',
    summary:
      'Pause a campaign until it is resumed. Messages that a worker has already claimed are still sent.',
    body: steerBody,
    answer: steeredAnswer,
    handle: steer('pause'),
  }),
  ...FLIGHT_ROUTES,
  defineRoute({
    ...act,
    path: '/campaigns/{id}/cancel',
    summary: 'Cancel a campaign for good: people who have not got it get nothing.',
    body: steerBody,
    answer: steeredAnswer,
    handle: steer('cancel'),
  }),
];

/** Reports on messages and on the list, each as JSON or CSV. */
const REPORT_ROUTES: readonly ApiRoute[] = [
  defineRoute({
    method: 'get',
    path: '/reports/deliverability',
    scope: 'reports:read',
    summary: 'Show what became of the messages by carrier, sender, program, hour, campaign or source.',
    query: deliverabilityQuery,
    answer: deliverabilityAnswer,
    problems: ['unprocessable'],
    forms: deliverabilityForms,
    handle: showDeliverability,
  }),
  defineRoute({
    method: 'get',
    path: '/reports/errors',
    scope: 'reports:read',
    summary: 'Show why messages failed, most frequent first, with what to do.',
    query: errorsQuery,
    answer: errorsAnswer,
    problems: ['unprocessable'],
    forms: errorsForms,
    handle: showErrors,
  }),
  defineRoute({
    method: 'get',
    path: '/reports/growth',
    scope: 'reports:read',
    summary: 'Show how people came to each program and left it, day by day.',
    query: growth.growthQuery,
    answer: growth.growthAnswer,
    problems: ['unprocessable'],
    forms: growth.growthForms,
    handle: growth.showGrowth,
  }),
  defineRoute({
    method: 'get',
    path: '/reports/opt-outs',
    scope: 'reports:read',
    summary: 'Show opt-outs per campaign and per thousand delivered, what brought them, and complaints.',
    query: growth.optOutsQuery,
    answer: growth.optOutsAnswer,
    problems: ['unprocessable'],
    forms: growth.optOutsForms,
    handle: growth.showOptOuts,
  }),
  defineRoute({
    method: 'get',
    path: '/reports/list-quality',
    scope: 'reports:read',
    summary: 'Show day by day what the clean-up did to the list.',
    query: listQuality.listQualityQuery,
    answer: listQuality.listQualityAnswer,
    problems: ['unprocessable'],
    forms: listQuality.listQualityForms,
    handle: listQuality.showListQuality,
  }),
  defineRoute({
    method: 'get',
    path: '/reports/list-quality/removed',
    scope: 'contacts:read',
    summary: 'List every number that the clean-up or a receipt took off, with the rule and the receipts.',
    query: listQuality.removedQuery,
    answer: listQuality.removedAnswer,
    problems: ['unprocessable'],
    forms: listQuality.removedForms,
    handle: listQuality.listRemoved,
  }),
];

/** Every route of the API and the scope that it needs. No route and no permission exists outside this table. */
export const ROUTES: readonly ApiRoute[] = [
  ...CONTACT_ROUTES,
  ...NUMBER_ROUTES,
  ...PEOPLE_ROUTES,
  STATUS_ROUTE,
  ...DELIVERY_ROUTES,
  MESSAGE_ROUTE,
  defineRoute({
    method: 'post',
    path: '/checks',
    scope: 'contacts:read',
    looksUp: byPhone,
    summary: 'Ask whether a person may get a message now, and why not. Nothing is sent.',
    body: checkBody,
    answer: checkAnswer,
    problems: ['not-found', 'not-possible'],
    handle: check,
  }),
  OPT_IN_ROUTE,
  OPT_OUT_ROUTE,
  ...programs.PROGRAM_ROUTES,
  ...SENDER_ROUTES,
  SUPPRESSION_ROUTE,
  CONSENT_RECORD_ROUTE,
  ...KEY_ROUTES,
  ...HOLD_ROUTES,
  OVERTURN_ROUTE,
  ...INBOX_ROUTES,
  INBOX_REPORT_ROUTE,
  ...BACK_TEST_ROUTES,
  ...CAMPAIGN_ROUTES,
  ...JOURNEY_ROUTES,
  ...JOB_ROUTES,
  ...COUPON_ROUTES,
  ...REPORT_ROUTES,
  ...QUALITY_ROUTES,
  ...HYGIENE_ROUTES,
  ...SEGMENT_ROUTES,
  ...TEMPLATE_ROUTES,
  ...TEST_RECIPIENT_ROUTES,
];
