import { entry, type Route } from '../route.ts';
import * as candidates from './candidates.ts';
import * as people from './people.ts';
import { contactParams } from './status.ts';

const ofCandidate = {
  scope: 'contacts:write',
  params: candidates.candidateParams,
  problems: ['not-found', 'not-possible'],
} as const;

/** One person with several numbers. Nothing here can change consent, or make a message allowed. */
export const PEOPLE_ROUTES: readonly Route[] = [
  entry({
    method: 'post',
    path: '/contacts/{id}/merge',
    scope: 'contacts:write',
    summary:
      'Say that two contacts are one person. Refusals, pauses and caps of one number then bind the other.',
    params: contactParams,
    body: people.mergeBody,
    answer: people.mergeAnswer,
    problems: ['not-found', 'not-possible'],
    handle: people.mergeContact,
  }),
  // Before the route of one person, whose id it would be taken for.
  entry({
    method: 'get',
    path: '/people/candidates',
    scope: 'contacts:read',
    summary: 'List pairs of contacts that may be one person, the likeliest first, with what speaks for it.',
    query: candidates.candidatesQuery,
    answer: candidates.candidatesAnswer,
    handle: candidates.listCandidates,
  }),
  entry({
    method: 'post',
    path: '/people/candidates/{id}/dismiss',
    ...ofCandidate,
    summary: 'Say that a pair is two people. It comes back only with evidence that it did not have.',
    body: candidates.decideBody,
    answer: candidates.candidateAnswer,
    handle: candidates.dismiss,
  }),
  entry({
    method: 'post',
    path: '/people/candidates/{id}/reopen',
    ...ofCandidate,
    summary: 'Take the dismissal of a pair back.',
    body: candidates.reopenBody,
    answer: candidates.candidateAnswer,
    handle: candidates.reopen,
  }),
  entry({
    method: 'post',
    path: '/people/candidates/{id}/merge',
    ...ofCandidate,
    summary: 'Say that a pair is one person, as POST /contacts/{id}/merge does.',
    body: candidates.decideBody,
    answer: candidates.mergedAnswer,
    handle: candidates.mergeCandidate,
  }),
  entry({
    method: 'get',
    path: '/people/{personId}',
    scope: 'contacts:read',
    summary: 'Show the numbers of a person, masked, and who merged them, when and why.',
    params: people.personParams,
    answer: people.personAnswer,
    problems: ['not-found'],
    handle: people.showPerson,
  }),
  entry({
    method: 'post',
    path: '/people/{personId}/split',
    scope: 'contacts:write',
    summary: 'Take a merge back. Later merges stand.',
    params: people.personParams,
    body: people.splitBody,
    answer: people.splitAnswer,
    problems: ['not-found', 'not-possible'],
    handle: people.split,
  }),
];
