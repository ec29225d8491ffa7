import { contactJourneys, contactJourneysAnswer } from '../contacts/journeys.ts';
import { contactParams } from '../contacts/status.ts';
import { entry, type Route } from '../route.ts';
import * as journeys from './journeys.ts';
import { journeyBody } from './shape.ts';

const one = { params: journeys.journeyParams, answer: journeys.journeyAnswer } as const;
const moved = {
  ...one,
  method: 'post',
  scope: 'messages:write',
  problems: ['not-found', 'not-possible', 'conflict'],
} as const;

/** Messages that follow one another for each person, from what begins them to their end. */
export const JOURNEY_ROUTES: readonly Route[] = [
  entry({
    method: 'get',
    path: '/journeys',
    scope: 'programs:read',
    summary: 'List the journeys, each told in sentences.',
    query: journeys.journeysQuery,
    answer: journeys.journeysAnswer,
    handle: journeys.listJourneys,
  }),
  entry({
    ...one,
    method: 'get',
    path: '/journeys/{id}',
    scope: 'programs:read',
    summary: 'Show a journey: what begins it and what each step does, in sentences.',
    problems: ['not-found'],
    handle: journeys.showJourney,
  }),
  entry({
    ...one,
    method: 'put',
    path: '/journeys/{id}',
    scope: 'programs:write',
    summary:
      'Save a journey whole. What differs becomes a new version; nothing is sent before it is started. One that runs or is paused is changed at once, with messages:write; its words are those of its templates, whoever saves them.',
    body: journeyBody,
    answer: journeys.savedAnswer,
    problems: ['not-possible', 'conflict'],
    handle: journeys.putJourney,
  }),
  entry({
    ...moved,
    path: '/journeys/{id}/start',
    summary: 'Take people in from now on; or go on after a pause.',
    body: journeys.startBody,
    handle: journeys.startJourney,
  }),
  entry({
    ...moved,
    path: '/journeys/{id}/pause',
    summary: 'Do no step until it is started again. People are still taken in, and wait.',
    body: journeys.steerBody,
    handle: journeys.steer('pause'),
  }),
  entry({
    ...moved,
    path: '/journeys/{id}/stop',
    summary: 'End it for everyone in it; what is planned of it and has not left is canceled.',
    body: journeys.steerBody,
    handle: journeys.steer('stop'),
  }),
  entry({
    method: 'get',
    path: '/journeys/{id}/progress',
    scope: 'programs:read',
    summary: 'Count the people at each step, and those who are through by how it ended.',
    params: journeys.journeyParams,
    answer: journeys.progressAnswer,
    problems: ['not-found'],
    handle: journeys.showProgress,
  }),
  entry({
    method: 'get',
    path: '/contacts/{id}/journeys',
    scope: 'contacts:read',
    summary: 'Tell where a person is in each journey, what it sent them and why not; newest first.',
    params: contactParams,
    answer: contactJourneysAnswer,
    problems: ['not-found'],
    handle: contactJourneys,
  }),
];
