import * as people from './people.ts';
import { entry, type Route } from './route.ts';
import { contactParams } from './status.ts';

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
    problems: ['not-found', 'conflict'],
    handle: people.mergeContact,
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
    problems: ['not-found', 'conflict'],
    handle: people.split,
  }),
];
