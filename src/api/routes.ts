import { BACK_TEST_ROUTES } from './back-tests.ts';
import { CAMPAIGN_ROUTES } from './campaign-lifecycle.ts';
import { CHECK_ROUTE } from './checks.ts';
import { consentRecordsAnswer, consentRecordsQuery, listConsentRecords } from './consent-records.ts';
import { STATUS_ROUTE } from './contact-status.ts';
import { CONTACT_ROUTES } from './contacts.ts';
import { COUPON_ROUTES } from './coupon-pools.ts';
import {
  deliveriesAnswer,
  deliveriesQuery,
  deliveryAnswer,
  deliveryParams,
  listDeliveries,
  showDelivery,
} from './deliveries.ts';
import { HYGIENE_ROUTES } from './error-codes.ts';
import { HOLD_ROUTES } from './holds.ts';
import { type ApiRoute, defineRoute } from './http/route.ts';
import { INBOX_ROUTES } from './inbox.ts';
import { JOB_ROUTES } from './jobs.ts';
import { JOURNEY_ROUTES } from './journeys.ts';
import { KEY_ROUTES } from './keys.ts';
import { messageAnswer, messageBody, sendMessage } from './messages.ts';
import { optInAnswer, optInBody, requestOptIn } from './opt-ins.ts';
import { OPT_OUT_ROUTE, OVERTURN_ROUTE } from './opt-outs.ts';
import { PEOPLE_ROUTES } from './people.ts';
import * as programs from './programs.ts';
import { QUALITY_ROUTES } from './quality.ts';
import * as deliverability from './reports/deliverability.ts';
import * as growth from './reports/growth.ts';
import * as listQuality from './reports/list-quality.ts';
import { SEGMENT_ROUTES } from './segments.ts';
import * as senders from './senders.ts';
import { answerSuppressions, suppressionsAnswer, suppressionsQuery } from './suppressions.ts';
import { TEMPLATE_ROUTES } from './templates.ts';
import { TEST_RECIPIENT_ROUTES } from './test-recipients.ts';
import { NUMBER_ROUTES } from './verifications.ts';

/** Every route of the API and the scope that it needs. No route and no permission exists outside this table. */
export const ROUTES: readonly ApiRoute[] = [
  ...CONTACT_ROUTES,
  ...NUMBER_ROUTES,
  ...PEOPLE_ROUTES,
  STATUS_ROUTE,
  defineRoute({
    method: 'get',
    path: '/deliveries',
    scope: 'contacts:read',
    summary:
      'List what was sent to a contact, and what was not and why, or all messages of unknown outcome; newest first.',
    query: deliveriesQuery,
    answer: deliveriesAnswer,
    problems: ['not-found'],
    handle: listDeliveries,
  }),
  defineRoute({
    method: 'get',
    path: '/deliveries/{id}',
    scope: 'contacts:read',
    summary: 'Explain one message: what became of it, when and why, in one sentence and in full.',
    params: deliveryParams,
    answer: deliveryAnswer,
    problems: ['not-found'],
    handle: showDelivery,
  }),
  defineRoute({
    method: 'post',
    path: '/messages',
    scope: 'messages:write',
    rate: 'messages',
    idempotency: 'required',
    summary:
      'Send one person a message of a topic they chose. One who may not get it now gets none, and the answer says why.',
    body: messageBody,
    status: 202,
    answer: messageAnswer,
    problems: ['not-found', 'refused', 'not-possible'],
    handle: sendMessage,
  }),
  CHECK_ROUTE,
  defineRoute({
    method: 'post',
    path: '/opt-ins',
    scope: 'consent:write',
    idempotency: 'optional',
    summary: 'Ask a person by text to confirm what they asked for on a form, a sheet or a call.',
    body: optInBody,
    status: 202,
    answer: optInAnswer,
    problems: ['refused', 'not-possible'],
    handle: requestOptIn,
  }),
  OPT_OUT_ROUTE,
  ...programs.PROGRAM_ROUTES,
  defineRoute({
    method: 'get',
    path: '/senders',
    scope: 'programs:read',
    summary: 'List our numbers, and whether anything keeps them from sending.',
    query: senders.sendersQuery,
    answer: senders.sendersAnswer,
    handle: senders.listSenders,
  }),
  defineRoute({
    method: 'put',
    path: '/senders/{number}',
    scope: 'programs:write',
    summary: 'Save one of our numbers whole: what it is, who answers an opt-out on it, its speed.',
    params: senders.senderParams,
    body: senders.senderBody,
    answer: senders.senderAnswer,
    handle: senders.putSender,
  }),
  defineRoute({
    method: 'post',
    path: '/senders/{number}/resume',
    scope: 'programs:write',
    summary: 'Let a stopped or paused number send again, once what stopped it is seen to.',
    params: senders.senderParams,
    body: senders.resumeBody,
    answer: senders.senderAnswer,
    handle: senders.resume,
  }),
  defineRoute({
    method: 'get',
    path: '/suppressions',
    scope: 'suppressions:read',
    summary: 'List what forbids sending.',
    query: suppressionsQuery,
    answer: suppressionsAnswer,
    handle: answerSuppressions,
  }),
  defineRoute({
    method: 'get',
    path: '/consent-records',
    scope: 'contacts:read',
    summary: "List a contact's consent ledger, oldest first, and verify its chain.",
    query: consentRecordsQuery,
    answer: consentRecordsAnswer,
    problems: ['not-found', 'not-possible'],
    handle: listConsentRecords,
  }),
  ...KEY_ROUTES,
  ...HOLD_ROUTES,
  OVERTURN_ROUTE,
  ...INBOX_ROUTES,
  ...BACK_TEST_ROUTES,
  ...CAMPAIGN_ROUTES,
  ...JOURNEY_ROUTES,
  ...JOB_ROUTES,
  ...COUPON_ROUTES,
  ...deliverability.DELIVERABILITY_ROUTES,
  ...growth.GROWTH_ROUTES,
  ...listQuality.LIST_QUALITY_ROUTES,
  ...QUALITY_ROUTES,
  ...HYGIENE_ROUTES,
  ...SEGMENT_ROUTES,
  ...TEMPLATE_ROUTES,
  ...TEST_RECIPIENT_ROUTES,
];
