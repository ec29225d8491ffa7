import { z } from 'zod';
import { removeDraft } from '../campaigns/campaigns.ts';
import { PREVIEW_ROUTE } from './campaign-preview.ts';
import * as results from './campaign-results.ts';
import { SETTING_ROUTES } from './campaign-settings.ts';
import { progressAnswer } from './campaign-shapes.ts';
import {
  archive,
  beginCampaign,
  campaignAnswer,
  campaignBody,
  campaignParams,
  campaignsAnswer,
  campaignsQuery,
  carryOut,
  draftParams,
  listCampaigns,
  putCampaign,
  showCampaign,
  showProgress,
  startBody,
  steer,
  steerBody,
  steerBy,
  steeredAnswer,
} from './campaigns.ts';
import { type ApiRequest, type ApiRoute, actorOf, defineRoute } from './http/route.ts';
import { plainLine, shape, slug } from './http/shapes.ts';
import { answerDeleted, deleting, emptyBody } from './segments.ts';

/** A command on one campaign, and the state that results. */
const act = {
  method: 'post',
  scope: 'campaigns:send',
  params: campaignParams,
  answer: campaignAnswer,
  problems: ['not-found', 'not-possible', 'conflict'],
} as const;

const aside = {
  ...act,
  scope: 'programs:write',
  body: steerBody,
  problems: ['not-found', 'not-possible'],
} as const;

const moment = z.iso.datetime({ offset: true }).transform((text) => new Date(text));

const note = plainLine(3, 200).meta({ description: 'Why; it is kept with the campaign in the clear.' });

const editBody = shape('EditCampaignRequest', {
  words: z.literal(true).optional().meta({ description: 'Uses the words that the templates have now.' }),
  deadline: moment
    .nullable()
    .optional()
    .meta({ description: 'Nothing is sent after this time. Null: no deadline. Left out: as it is.' }),
  at: moment
    .optional()
    .meta({ description: 'A new time of beginning, while no message of the campaign is planned.' }),
  note,
});

const resumeBody = shape('ResumeCampaignRequest', {
  note: note
    .optional()
    .meta({ description: 'What was done about the cause. Required when the campaign paused automatically.' }),
});

const missedBody = shape('CreateMissedCampaignRequest', {
  id: slug.meta({ description: 'The id of the new draft.' }),
  include_unknown: z.literal(true).optional().meta({
    description:
      'Includes the people whose message has an unknown outcome. Some of them may get the message twice.',
  }),
  variant: slug.optional().meta({
    description:
      "The variant of a split whose words the draft gets. Required when no winner was chosen; the winner's words by default.",
  }),
});

type Resume = ApiRequest<{ params: typeof campaignParams; body: typeof resumeBody }>;

export const answerResume = ({ context, key, params, body }: Resume) =>
  steerBy({ context, key, params }, { kind: 'resume', note: body.note ?? null });

/** Campaigns, from draft to end. */
export const CAMPAIGN_ROUTES: readonly ApiRoute[] = [
  defineRoute({
    method: 'get',
    path: '/campaigns',
    id: 'listCampaigns',
    returns: 'One page of campaigns, each with its progress.',
    scope: 'programs:read',
    summary: 'List the campaigns, the newest first or in another order, each with its progress.',
    query: campaignsQuery,
    answer: campaignsAnswer,
    handle: listCampaigns,
  }),
  defineRoute({
    method: 'get',
    path: '/campaigns/{id}',
    id: 'getCampaign',
    returns: 'The campaign with its progress.',
    scope: 'programs:read',
    summary: 'Show a campaign, its progress, and when it will be done.',
    params: campaignParams,
    answer: campaignAnswer,
    problems: ['not-found'],
    handle: showCampaign,
  }),
  defineRoute({
    method: 'put',
    path: '/campaigns/{id}',
    id: 'updateCampaign',
    returns: 'The draft as it was saved.',
    scope: 'programs:write',
    summary: 'Save a whole draft. Nothing is sent before the campaign is started.',
    params: draftParams,
    body: campaignBody,
    answer: campaignAnswer,
    problems: ['not-possible'],
    handle: putCampaign,
  }),
  PREVIEW_ROUTE,
  defineRoute({
    ...aside,
    path: '/campaigns/{id}/archive',
    id: 'archiveCampaign',
    returns: 'The archived campaign.',
    summary: 'Archive a draft, or a campaign that is over: only lists of archived campaigns show it.',
    handle: archive(true),
  }),
  defineRoute({
    ...aside,
    path: '/campaigns/{id}/restore',
    id: 'restoreCampaign',
    returns: 'The restored campaign.',
    summary: 'Restore an archived campaign.',
    handle: archive(false),
  }),
  defineRoute({
    ...deleting,
    problems: [...deleting.problems, 'conflict'],
    params: campaignParams,
    path: '/campaigns/{id}/delete',
    id: 'deleteCampaign',
    returns: 'The id of the deleted draft.',
    summary: 'Delete a draft that nothing names. What names it is in the refusal.',
    handle: ({ context, key, params: { id } }) =>
      answerDeleted(id, 'campaign', removeDraft(context, { actor: actorOf(key), id })),
  }),
  defineRoute({
    ...act,
    path: '/campaigns/{id}/start',
    id: 'startCampaign',
    returns: 'The campaign after its start.',
    summary:
      'Start a campaign: freeze its audience and words, and send now, at a time, at a local time of each person, or repeatedly.',
    body: startBody,
    handle: beginCampaign,
  }),
  defineRoute({
    method: 'get',
    path: '/campaigns/{id}/progress',
    id: 'getCampaignProgress',
    returns: 'The progress of the campaign in numbers.',
    scope: 'programs:read',
    summary: 'Show the progress of a campaign in numbers.',
    params: campaignParams,
    answer: progressAnswer,
    problems: ['not-found'],
    handle: showProgress,
  }),
  defineRoute({
    ...act,
    path: '/campaigns/{id}/pause',
    id: 'pauseCampaign',
    returns: 'The paused campaign, and the open runs of a recurrence.',
    summary:
      'Pause a campaign until it is resumed. Messages that a worker has already claimed are still sent.',
    body: steerBody,
    answer: steeredAnswer,
    handle: steer('pause'),
  }),
  defineRoute({
    ...act,
    // A resume sends what was edited, and needs the other scope.
    scope: 'programs:write',
    path: '/campaigns/{id}/edit',
    id: 'editCampaign',
    returns: 'The campaign with the edit.',
    summary:
      'Change the words or the deadline of a paused campaign for the people who have not got it, or its time before it begins.',
    body: editBody,
    handle: async (call) => {
      const { words, deadline, at, note } = call.body;
      const order = {
        words: words === true,
        note,
        ...(deadline === undefined ? {} : { deadline }),
        ...(at === undefined ? {} : { at }),
      };
      return (await carryOut(call, { kind: 'edit', order })).campaign;
    },
  }),
  defineRoute({
    ...act,
    path: '/campaigns/{id}/resume',
    id: 'resumeCampaign',
    returns: 'The resumed campaign, and the open runs of a recurrence.',
    summary:
      'Resume a paused campaign, at once when its time has passed. It needs a note when the campaign paused automatically.',
    body: resumeBody,
    answer: steeredAnswer,
    handle: answerResume,
  }),
  defineRoute({
    ...act,
    path: '/campaigns/{id}/approve',
    id: 'approveCampaign',
    returns: 'The approved draft.',
    summary: 'Approve a draft as a second person, with another key than the one that asked for the approval.',
    body: emptyBody,
    handle: async (call) => (await carryOut(call, { kind: 'approve' })).campaign,
  }),
  defineRoute({
    ...act,
    scope: 'programs:write',
    path: '/campaigns/{id}/missed',
    id: 'createMissedCampaign',
    returns: 'The new draft.',
    summary:
      'Draft a campaign for the people whom this campaign failed to reach. People whose message was canceled with it are not included.',
    body: missedBody,
    handle: async (call) => {
      const { id, include_unknown, variant = null } = call.body;
      const command = { kind: 'missed' as const, id, unknownToo: include_unknown === true, variant };
      return (await carryOut(call, command)).campaign;
    },
  }),
  ...SETTING_ROUTES.rules,
  ...results.RESULT_ROUTES,
  ...SETTING_ROUTES.prices,
  defineRoute({
    ...act,
    path: '/campaigns/{id}/cancel',
    id: 'cancelCampaign',
    returns: 'The canceled campaign, and the open runs of a recurrence.',
    summary: 'Cancel a campaign for good: people who have not got it get nothing.',
    body: steerBody,
    answer: steeredAnswer,
    handle: steer('cancel'),
  }),
];
