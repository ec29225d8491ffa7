import { entry, type Route } from '../route.ts';
import * as campaigns from './campaigns.ts';
import { act, FLIGHT_ROUTES } from './flight-routes.ts';
import * as preview from './preview.ts';
import { progressAnswer } from './progress.ts';

/** A message for many, from its draft to its end. */
export const CAMPAIGN_ROUTES: readonly Route[] = [
  entry({
    method: 'get',
    path: '/campaigns',
    scope: 'programs:read',
    summary: 'List the campaigns, each with how far it is.',
    query: campaigns.campaignsQuery,
    answer: campaigns.campaignsAnswer,
    handle: campaigns.listCampaigns,
  }),
  entry({
    method: 'get',
    path: '/campaigns/{id}',
    scope: 'programs:read',
    summary: 'Show a campaign, how far it is, and when it will be done.',
    params: campaigns.campaignParams,
    answer: campaigns.campaignAnswer,
    problems: ['not-found'],
    handle: campaigns.showCampaign,
  }),
  entry({
    method: 'put',
    path: '/campaigns/{id}',
    scope: 'programs:write',
    summary: 'Save a draft whole. Nothing is sent before it is started.',
    params: campaigns.draftParams,
    body: campaigns.campaignBody,
    answer: campaigns.campaignAnswer,
    problems: ['not-possible'],
    handle: campaigns.putCampaign,
  }),
  entry({
    method: 'post',
    path: '/campaigns/{id}/preview',
    scope: 'programs:read',
    summary: 'Show when people would get it, by their own clocks, and who waits for what. Nothing is sent.',
    params: preview.previewParams,
    body: preview.previewBody,
    answer: preview.previewAnswer,
    problems: ['not-found', 'not-possible'],
    handle: preview.previewCampaign,
  }),
  entry({
    ...act,
    path: '/campaigns/{id}/start',
    summary:
      "Freeze audience and words, and send now, at a time, at an hour of each person's own clock, or again and again.",
    body: campaigns.startBody,
    handle: campaigns.beginCampaign,
  }),
  entry({
    method: 'get',
    path: '/campaigns/{id}/progress',
    scope: 'programs:read',
    summary: 'Show how far a campaign is, in numbers alone.',
    params: campaigns.campaignParams,
    answer: progressAnswer,
    problems: ['not-found'],
    handle: campaigns.showProgress,
  }),
  entry({
    ...act,
    path: '/campaigns/{id}/pause',
    summary: 'Begin nothing more of it until it is resumed; what a worker holds already still leaves.',
    body: campaigns.steerBody,
    answer: campaigns.steeredAnswer,
    handle: campaigns.steer('pause'),
  }),
  ...FLIGHT_ROUTES,
  entry({
    ...act,
    path: '/campaigns/{id}/cancel',
    summary: 'End it: whoever has not got it gets nothing. There is no way back.',
    body: campaigns.steerBody,
    answer: campaigns.steeredAnswer,
    handle: campaigns.steer('cancel'),
  }),
];
