import * as normalise from './normalise.ts';
import { entry, type Route } from './route.ts';
import * as rules from './verification-rules.ts';

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
];
