import { entry, type Route } from '../route.ts';
import * as deliverability from './deliverability.ts';
import * as growth from './growth.ts';
import * as listQuality from './list-quality.ts';

/** What became of the messages and of the list, in figures; each as JSON or CSV. */
export const REPORT_ROUTES: readonly Route[] = [
  entry({
    method: 'get',
    path: '/reports/deliverability',
    scope: 'reports:read',
    summary: 'Show what became of the messages by carrier, sender, program, hour, campaign or source.',
    query: deliverability.deliverabilityQuery,
    answer: deliverability.deliverabilityAnswer,
    problems: ['unprocessable'],
    forms: deliverability.deliverabilityForms,
    handle: deliverability.showDeliverability,
  }),
  entry({
    method: 'get',
    path: '/reports/errors',
    scope: 'reports:read',
    summary: 'Show why messages failed, most frequent first, with what to do.',
    query: deliverability.errorsQuery,
    answer: deliverability.errorsAnswer,
    problems: ['unprocessable'],
    forms: deliverability.errorsForms,
    handle: deliverability.showErrors,
  }),
  entry({
    method: 'get',
    path: '/reports/growth',
    scope: 'reports:read',
    summary: 'Show how people came to each program and left it, day by day.',
    query: growth.growthQuery,
    answer: growth.growthAnswer,
    problems: ['unprocessable'],
    forms: growth.growthForms,
    handle: growth.showGrowth,
  }),
  entry({
    method: 'get',
    path: '/reports/opt-outs',
    scope: 'reports:read',
    summary: 'Show opt-outs per campaign and per thousand delivered, what brought them, and complaints.',
    query: growth.optOutsQuery,
    answer: growth.optOutsAnswer,
    problems: ['unprocessable'],
    forms: growth.optOutsForms,
    handle: growth.showOptOuts,
  }),
  entry({
    method: 'get',
    path: '/reports/list-quality',
    scope: 'reports:read',
    summary: 'Show day by day what the clean-up did to the list.',
    query: listQuality.listQualityQuery,
    answer: listQuality.listQualityAnswer,
    problems: ['unprocessable'],
    forms: listQuality.listQualityForms,
    handle: listQuality.showListQuality,
  }),
  entry({
    method: 'get',
    path: '/reports/list-quality/removed',
    scope: 'contacts:read',
    summary: 'List every number that the clean-up or a receipt took off, with the rule and the receipts.',
    query: listQuality.removedQuery,
    answer: listQuality.removedAnswer,
    problems: ['unprocessable'],
    forms: listQuality.removedForms,
    handle: listQuality.listRemoved,
  }),
];
