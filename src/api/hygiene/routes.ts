import { entry, type Route } from '../route.ts';
import * as codes from './error-codes.ts';
import * as incidents from './incidents.ts';

const read = { method: 'get', scope: 'reports:read' } as const;
const decide = { method: 'post', scope: 'programs:write' } as const;

/** What the carrier's errors mean, and when a sender or a network failed as a whole. */
export const HYGIENE_ROUTES: readonly Route[] = [
  entry({
    ...read,
    path: '/incidents',
    summary: 'List when a sender or a network failed as a whole; what failed then is held against no number.',
    query: incidents.incidentsQuery,
    answer: incidents.incidentsAnswer,
    handle: incidents.listIncidents,
  }),
  entry({
    ...decide,
    path: '/incidents/{id}/dismiss',
    summary: 'Say that an incident was none, so that its failures count.',
    params: incidents.incidentParams,
    body: incidents.dismissBody,
    answer: incidents.incidentAnswer,
    problems: ['not-found'],
    handle: incidents.dismiss,
  }),
  entry({
    ...read,
    path: '/error-codes',
    summary: "List the carrier's errors: what each means, what follows by itself, what to do.",
    answer: codes.errorCodesAnswer,
    handle: codes.listErrorCodes,
  }),
  entry({
    ...read,
    path: '/error-codes/unknown',
    summary:
      'List the errors that nobody knows, none at all too, for a person to say what they are; those that wait come first.',
    answer: codes.unknownCodesAnswer,
    handle: codes.listUnknownCodes,
  }),
  entry({
    ...decide,
    path: '/error-codes/{code}/classify',
    summary: 'Say what an unknown error code is; `none` stands for failures without one.',
    params: codes.codeParams,
    body: codes.classifyBody,
    answer: codes.unknownCodeAnswer,
    handle: codes.classify,
  }),
];
