import { entry, type Route } from '../route.ts';
import * as quality from './quality.ts';

const read = { method: 'get', scope: 'reports:read' } as const;

/** Standards of the list's quality, how it meets them, and what fails. */
export const QUALITY_ROUTES: readonly Route[] = [
  entry({
    ...read,
    path: '/quality',
    summary: 'Show the quality of each program and source: a score, the numbers behind it, what fails.',
    answer: quality.qualityAnswer,
    handle: quality.showQuality,
  }),
  entry({
    ...read,
    path: '/quality/rules',
    summary: 'List the rules of quality, with where each warns and fails, and what to do.',
    answer: quality.rulesAnswer,
    handle: quality.listRules,
  }),
  entry({
    ...read,
    path: '/quality/rules/{id}',
    summary: 'Show a rule of quality.',
    params: quality.ruleParams,
    answer: quality.ruleAnswer,
    handle: quality.showRule,
  }),
  entry({
    method: 'put',
    path: '/quality/rules/{id}',
    scope: 'programs:write',
    summary: 'Set where a rule of quality warns and fails.',
    params: quality.ruleParams,
    body: quality.ruleBody,
    answer: quality.ruleAnswer,
    handle: quality.putRule,
  }),
  entry({
    ...read,
    path: '/quality/alarms',
    summary: 'List the rules that fail, since when, and who sees to it.',
    answer: quality.alarmsAnswer,
    handle: quality.listAlarms,
  }),
  entry({
    method: 'post',
    path: '/quality/alarms/{id}/acknowledge',
    scope: 'programs:write',
    summary: 'Note that somebody sees to an alarm.',
    params: quality.alarmParams,
    body: quality.alarmBody,
    answer: quality.alarmAnswer,
    problems: ['not-found'],
    handle: quality.acknowledge,
  }),
  entry({
    ...read,
    path: '/quality/guidelines',
    summary: 'Tell what to ask, and how to write it, where numbers are entered.',
    query: quality.guidelinesQuery,
    answer: quality.guidelinesAnswer,
    forms: quality.guidelinesForms,
    handle: quality.showGuidelines,
  }),
];
