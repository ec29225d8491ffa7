import * as holds from './holds.ts';
import { entry, type Route } from './route.ts';

/** What people decide about words that no rule could decide about. */
export const REVIEW_ROUTES: readonly Route[] = [
  entry({
    method: 'get',
    path: '/holds',
    scope: 'reviews:read',
    summary: 'List the holds that await a decision, those whose timer ends first in front.',
    query: holds.holdsQuery,
    answer: holds.holdsAnswer,
    handle: holds.listHolds,
  }),
  entry({
    method: 'post',
    path: '/holds/{id}/read',
    scope: 'evidence:read',
    rate: 'lookups',
    summary: 'Read the words that raised a hold, and what the person wrote since, with a reason.',
    params: holds.holdParams,
    body: holds.holdReadBody,
    answer: holds.holdReadAnswer,
    problems: ['not-found'],
    handle: holds.readHold,
  }),
  entry({
    method: 'post',
    path: '/holds/{id}/decide',
    scope: 'reviews:write',
    summary:
      'End a hold: in opt-out, or in release where the words were no opt-out. In force when it answers.',
    params: holds.holdParams,
    body: holds.decideBody,
    answer: holds.decideAnswer,
    problems: ['not-found', 'conflict'],
    handle: holds.decideOne,
  }),
];
