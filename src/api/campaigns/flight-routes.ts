import { entry, type Route } from '../route.ts';
import * as campaigns from './campaigns.ts';
import * as figures from './figures.ts';
import * as flight from './flight.ts';
import * as prices from './prices.ts';
import * as rules from './rules.ts';
import * as why from './why.ts';

/** An act on one campaign, answered with what became of it. */
export const act = {
  method: 'post',
  scope: 'messages:write',
  params: campaigns.campaignParams,
  answer: campaigns.campaignAnswer,
  problems: ['not-found', 'not-possible', 'conflict'],
} as const;

/** What is done with a campaign beside sending it. */
export const FLIGHT_ROUTES: readonly Route[] = [
  entry({
    ...act,
    path: '/campaigns/{id}/edit',
    summary:
      'Change words or deadline of a paused campaign, for whoever has not got it; or its time, before it begins.',
    body: flight.editBody,
    handle: flight.editOne,
  }),
  entry({
    ...act,
    path: '/campaigns/{id}/resume',
    summary:
      'Go on where it was paused, at once where its time passed meanwhile; with a note where it paused by itself.',
    body: flight.resumeBody,
    answer: campaigns.steeredAnswer,
    handle: flight.resumeOne,
  }),
  entry({
    ...act,
    path: '/campaigns/{id}/approve',
    summary: "A second person's yes to a draft, with another key than the one that asked.",
    body: flight.approveBody,
    handle: flight.approveOne,
  }),
  entry({
    ...act,
    path: '/campaigns/{id}/missed',
    summary:
      'Make a draft for those whom this one failed to reach; not for those from whom its cancel kept it.',
    body: flight.missedBody,
    handle: flight.missedOne,
  }),
  entry({
    method: 'get',
    path: '/campaign-rules',
    scope: 'programs:read',
    summary: 'Show what pauses campaigns by themselves, and which need a second person.',
    answer: rules.rulesAnswer,
    handle: rules.showRules,
  }),
  entry({
    method: 'put',
    path: '/campaign-rules',
    scope: 'programs:write',
    summary: 'Save what pauses campaigns by themselves, and which need a second person.',
    body: rules.rulesBody,
    answer: rules.rulesAnswer,
    handle: rules.putRules,
  }),
  entry({
    method: 'post',
    path: '/campaigns/{id}/why',
    scope: 'contacts:read',
    summary: 'Answer why one person got a campaign, or did not, in one sentence and the facts behind it.',
    looksUp: why.byPhone,
    params: campaigns.campaignParams,
    body: why.whyBody,
    answer: why.whyAnswer,
    problems: ['not-found', 'not-possible'],
    handle: why.explainWhy,
  }),
  entry({
    method: 'get',
    path: '/campaigns/{id}/cost',
    scope: 'programs:read',
    summary: 'Show what a campaign will cost, and has cost so far.',
    params: campaigns.campaignParams,
    query: figures.costQuery,
    answer: figures.costAnswer,
    problems: ['not-found', 'not-possible', 'unprocessable'],
    handle: figures.showCost,
  }),
  entry({
    method: 'get',
    path: '/campaigns/{id}/results',
    scope: 'programs:read',
    summary: 'Compare the groups of a campaign by what people did after it, with confidence intervals.',
    params: campaigns.campaignParams,
    query: figures.resultsQuery,
    answer: figures.resultsAnswer,
    problems: ['not-found', 'not-possible', 'unprocessable'],
    handle: figures.showResults,
  }),
  entry({
    method: 'get',
    path: '/prices',
    scope: 'programs:read',
    summary: 'Show the price table.',
    answer: prices.pricesAnswer,
    problems: ['not-found'],
    handle: prices.showPrices,
  }),
  entry({
    method: 'put',
    path: '/prices',
    scope: 'programs:write',
    summary: 'Save what one part costs, by country, kind of number and medium.',
    body: prices.pricesBody,
    answer: prices.pricesAnswer,
    handle: prices.putPrices,
  }),
];
