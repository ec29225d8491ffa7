import { entry, type Route } from '../route.ts';
import * as words from './back-test-words.ts';
import * as tests from './back-tests.ts';

/** What changed rules would make of past texts. */
export const BACK_TEST_ROUTES: readonly Route[] = [
  entry({
    method: 'get',
    path: '/back-tests',
    scope: 'reviews:read',
    summary: 'List the runs over past texts, newest first.',
    query: tests.backTestsQuery,
    answer: tests.backTestsAnswer,
    handle: tests.listBackTests,
  }),
  entry({
    method: 'post',
    path: '/back-tests',
    scope: 'reviews:write',
    summary: 'Read the texts of past days again by changed rules. No consent changes.',
    body: tests.backTestBody,
    status: 202,
    answer: tests.backTestAnswer,
    handle: tests.beginBackTest,
  }),
  entry({
    method: 'get',
    path: '/back-tests/{id}',
    scope: 'reviews:read',
    summary:
      'Show how far a run is and what would change, lost opt-outs first; without the words, and whose texts only with the scope evidence:read.',
    params: tests.backTestParams,
    answer: tests.backTestAnswer,
    problems: ['not-found'],
    handle: tests.showBackTest,
  }),
  entry({
    method: 'post',
    path: '/back-tests/{id}/read',
    scope: 'evidence:read',
    rate: 'lookups',
    summary: 'Read the words of texts that would be read otherwise, with a reason.',
    params: tests.backTestParams,
    body: words.wordsBody,
    answer: words.wordsAnswer,
    problems: ['not-found'],
    handle: words.readSamples,
  }),
  entry({
    method: 'post',
    path: '/back-tests/{id}/cancel',
    scope: 'reviews:write',
    summary: 'Stop a run. What it found stays.',
    params: tests.backTestParams,
    body: tests.cancelBody,
    answer: tests.backTestAnswer,
    problems: ['not-found'],
    handle: tests.cancelBackTest,
  }),
];
