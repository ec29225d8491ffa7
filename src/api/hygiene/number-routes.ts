import * as normalise from '../contacts/normalise.ts';
import { entry, type Route } from '../route.ts';
import * as rules from './verification-rules.ts';
import * as runs from './verifications.ts';

/** What can be said of numbers themselves: how they are written, and what line they are of. */
export const NUMBER_ROUTES: readonly Route[] = [
  entry({
    method: 'post',
    path: '/numbers/normalise',
    scope: 'contacts:read',
    summary: 'Write numbers as E.164, and tell what was guessed, cleaned and refused. Nothing is kept.',
    body: normalise.normaliseBody,
    answer: normalise.normaliseAnswer,
    handle: normalise.normaliseList,
  }),
  entry({
    method: 'post',
    path: '/numbers/normalise/bulk',
    scope: 'contacts:read',
    summary: 'The same of a long list: NDJSON, answered line by line, with the report as the last line.',
    query: normalise.normaliseQuery,
    lines: normalise.normaliseLine,
    answer: normalise.normaliseLineAnswer,
    streams: true,
    handle: normalise.normaliseLines,
  }),
  entry({
    method: 'get',
    path: '/verification-rules',
    scope: 'programs:read',
    summary:
      'Show which doors ask the carrier about new numbers, for how long an answer is good, and the budget.',
    answer: rules.verificationRulesAnswer,
    handle: rules.showVerificationRules,
  }),
  entry({
    method: 'put',
    path: '/verification-rules',
    scope: 'programs:write',
    summary:
      'Save which doors ask the carrier about new numbers, for how long an answer is good, and the budget.',
    body: rules.verificationRulesBody,
    answer: rules.verificationRulesAnswer,
    handle: rules.putVerificationRules,
  }),
  entry({
    method: 'get',
    path: '/verifications',
    scope: 'contacts:read',
    summary: 'List the runs over the numbers of many, newest first.',
    query: runs.verificationsQuery,
    answer: runs.verificationsAnswer,
    handle: runs.listVerifications,
  }),
  entry({
    method: 'post',
    path: '/verifications',
    scope: 'consent:write',
    summary:
      'Verify the numbers of a segment, or of all, that were not verified lately. Where one takes no texts, consent ends.',
    body: runs.verificationBody,
    status: 202,
    answer: runs.verificationAnswer,
    handle: runs.beginVerification,
  }),
  entry({
    method: 'get',
    path: '/verifications/{id}',
    scope: 'contacts:read',
    summary: 'Show how far a run is, what it found, and what it waits for.',
    params: runs.verificationParams,
    answer: runs.verificationAnswer,
    problems: ['not-found'],
    handle: runs.showVerification,
  }),
  entry({
    method: 'post',
    path: '/verifications/{id}/cancel',
    scope: 'consent:write',
    summary: 'End a run where it is. What it found out stays.',
    params: runs.verificationParams,
    body: runs.cancelBody,
    answer: runs.verificationAnswer,
    problems: ['not-found'],
    handle: runs.cancel,
  }),
];
