import { CAMPAIGN_ROUTES } from './campaigns/routes.ts';
import { byPhone, check, checkAnswer, checkBody } from './consent/checks.ts';
import { consentRecordsAnswer, consentRecordsQuery, listConsentRecords } from './consent/consent-records.ts';
import { optInAnswer, optInBody, requestOptIn } from './consent/opt-ins.ts';
import { optOutAnswer, optOutBody, recordOptOut } from './consent/opt-outs.ts';
import { listSuppressions, suppressionsAnswer, suppressionsQuery } from './consent/suppressions.ts';
import { lookUp, lookUpAnswer, lookUpBody } from './contacts/look-up.ts';
import { PEOPLE_ROUTES } from './contacts/people-routes.ts';
import { CONTACT_ROUTES } from './contacts/routes.ts';
import { contactParams, status, statusAnswer } from './contacts/status.ts';
import { NUMBER_ROUTES } from './hygiene/number-routes.ts';
import { QUALITY_ROUTES } from './hygiene/quality-routes.ts';
import { HYGIENE_ROUTES } from './hygiene/routes.ts';
import { JOURNEY_ROUTES } from './journeys/routes.ts';
import { messageAnswer } from './messages/answer.ts';
import { deliveriesAnswer, deliveriesQuery, listDeliveries } from './messages/deliveries.ts';
import { deliveryAnswer, deliveryParams, showDelivery } from './messages/delivery.ts';
import { messageBody, sendMessage } from './messages/messages.ts';
import { JOB_ROUTES } from './operation/job-routes.ts';
import * as keys from './operation/keys.ts';
import { programAnswer, programBody } from './programs/program-shape.ts';
import * as programs from './programs/programs.ts';
import * as senders from './programs/senders.ts';
import { REPORT_ROUTES } from './reports/routes.ts';
import { BACK_TEST_ROUTES } from './review/back-test-routes.ts';
import { REVIEW_ROUTES } from './review/routes.ts';
import { entry, type Route } from './route.ts';
import { SEGMENT_ROUTES } from './segments/routes.ts';
import { COUPON_ROUTES } from './templates/coupon-routes.ts';
import { TEMPLATE_ROUTES } from './templates/routes.ts';

/** Everything the API answers, and at once who may ask it: there is no route and no permission beside this table. */
export const ROUTES: readonly Route[] = [
  entry({
    method: 'post',
    path: '/contacts/lookup',
    scope: 'contacts:read',
    rate: 'lookups',
    summary: 'Find the holder of a number, with a reason.',
    body: lookUpBody,
    answer: lookUpAnswer,
    problems: ['not-found'],
    handle: lookUp,
  }),
  ...CONTACT_ROUTES,
  ...NUMBER_ROUTES,
  ...PEOPLE_ROUTES,
  entry({
    method: 'get',
    path: '/contacts/{id}/status',
    scope: 'contacts:read',
    summary: 'Answer "am I opted out?" in one sentence, then the facts.',
    params: contactParams,
    answer: statusAnswer,
    problems: ['not-found', 'not-possible'],
    handle: status,
  }),
  entry({
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
  entry({
    method: 'get',
    path: '/deliveries/{id}',
    scope: 'contacts:read',
    summary: 'Explain one message: what became of it, when and why, in one sentence and in full.',
    params: deliveryParams,
    answer: deliveryAnswer,
    problems: ['not-found'],
    handle: showDelivery,
  }),
  entry({
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
  entry({
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
  entry({
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
  entry({
    method: 'post',
    path: '/opt-outs',
    scope: 'consent:write',
    summary: 'Opt a person out of everything, or of programs and topics. In force when it answers.',
    body: optOutBody,
    answer: optOutAnswer,
    handle: recordOptOut,
  }),
  entry({
    method: 'get',
    path: '/programs',
    scope: 'programs:read',
    summary: 'List the programs.',
    query: programs.programsQuery,
    answer: programs.programsAnswer,
    handle: programs.listPrograms,
  }),
  entry({
    method: 'get',
    path: '/programs/{id}',
    scope: 'programs:read',
    summary: 'Show a program.',
    params: programs.programParams,
    answer: programAnswer,
    problems: ['not-found'],
    handle: programs.showProgram,
  }),
  entry({
    method: 'put',
    path: '/programs/{id}',
    scope: 'programs:write',
    summary: 'Save a program whole, and publish the words it asks with.',
    params: programs.programParams,
    body: programBody,
    answer: programAnswer,
    problems: ['conflict'],
    handle: programs.putProgram,
  }),
  entry({
    method: 'get',
    path: '/senders',
    scope: 'programs:read',
    summary: 'List our numbers, and whether anything keeps them from sending.',
    query: senders.sendersQuery,
    answer: senders.sendersAnswer,
    handle: senders.listSenders,
  }),
  entry({
    method: 'put',
    path: '/senders/{number}',
    scope: 'programs:write',
    summary: 'Save one of our numbers whole: what it is, who answers an opt-out on it, its speed.',
    params: senders.senderParams,
    body: senders.senderBody,
    answer: senders.senderAnswer,
    handle: senders.putSender,
  }),
  entry({
    method: 'post',
    path: '/senders/{number}/resume',
    scope: 'programs:write',
    summary: 'Let a stopped or paused number send again, once what stopped it is seen to.',
    params: senders.senderParams,
    body: senders.resumeBody,
    answer: senders.senderAnswer,
    handle: senders.resume,
  }),
  entry({
    method: 'get',
    path: '/suppressions',
    scope: 'suppressions:read',
    summary: 'List what forbids sending.',
    query: suppressionsQuery,
    answer: suppressionsAnswer,
    handle: listSuppressions,
  }),
  entry({
    method: 'get',
    path: '/consent-records',
    scope: 'contacts:read',
    summary: "List a contact's consent ledger, oldest first, and verify its chain.",
    query: consentRecordsQuery,
    answer: consentRecordsAnswer,
    problems: ['not-found', 'not-possible'],
    handle: listConsentRecords,
  }),
  entry({
    method: 'get',
    path: '/keys',
    scope: 'keys:manage',
    summary: 'List the API keys, without their secrets.',
    query: keys.keysQuery,
    answer: keys.keysAnswer,
    handle: keys.listKeys,
  }),
  entry({
    method: 'post',
    path: '/keys',
    scope: 'keys:manage',
    summary: 'Make an API key. It is shown once.',
    body: keys.newKeyBody,
    status: 201,
    answer: keys.newKeyAnswer,
    handle: keys.newKey,
  }),
  entry({
    method: 'post',
    path: '/keys/{id}/revoke',
    scope: 'keys:manage',
    summary: 'Revoke an API key, at once, and with `whole_line` those made by it.',
    params: keys.keyParams,
    body: keys.revokeBody,
    answer: keys.revokeAnswer,
    problems: ['not-found'],
    handle: keys.revokeKey,
  }),
  ...REVIEW_ROUTES,
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
];
