import { z } from 'zod';
import * as results from './campaign-results.ts';
import { SETTING_ROUTES } from './campaign-settings.ts';
import { campaignAnswer, campaignParams, carryOut, steerBy, steeredAnswer } from './campaigns.ts';
import { type ApiRequest, type ApiRoute, defineRoute } from './http/route.ts';
import { plainLine, slug } from './http/shapes.ts';

/** A command on one campaign, and the state that results. */
export const act = {
  method: 'post',
  scope: 'messages:write',
  params: campaignParams,
  answer: campaignAnswer,
  problems: ['not-found', 'not-possible', 'conflict'],
} as const;

const moment = z.iso.datetime({ offset: true }).transform((text) => new Date(text));

const note = plainLine(3, 200);

const editBody = z.strictObject({
  words: z.literal(true).optional().meta({ description: 'Uses the words that the templates have now.' }),
  deadline: moment.nullable().optional(),
  at: moment
    .optional()
    .meta({ description: 'A new time of beginning, while no message of the campaign is planned.' }),
  note,
});

const resumeBody = z.strictObject({
  note: note
    .optional()
    .meta({ description: 'What was done about the cause. Required when the campaign paused automatically.' }),
});

const approveBody = z.strictObject({});

const missedBody = z.strictObject({
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

/** Commands on a campaign other than sending it. */
export const FLIGHT_ROUTES: readonly ApiRoute[] = [
  defineRoute({
    ...act,
    path: '/campaigns/{id}/edit',
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
    summary:
      'Resume a paused campaign, at once when its time has passed. It needs a note when the campaign paused automatically.',
    body: resumeBody,
    answer: steeredAnswer,
    handle: answerResume,
  }),
  defineRoute({
    ...act,
    path: '/campaigns/{id}/approve',
    summary: 'Approve a draft as a second person, with another key than the one that asked for the approval.',
    body: approveBody,
    handle: async (call) => (await carryOut(call, { kind: 'approve' })).campaign,
  }),
  defineRoute({
    ...act,
    path: '/campaigns/{id}/missed',
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
  defineRoute({
    method: 'post',
    path: '/campaigns/{id}/why',
    scope: 'contacts:read',
    summary: 'Explain why one person got a campaign or did not, in one sentence with the facts behind it.',
    looksUp: results.byPhone,
    params: campaignParams,
    body: results.whyBody,
    answer: results.whyAnswer,
    problems: ['not-found', 'not-possible'],
    handle: results.explainWhy,
  }),
  defineRoute({
    method: 'get',
    path: '/campaigns/{id}/cost',
    scope: 'programs:read',
    summary: 'Show what a campaign will cost, and what it has cost so far.',
    params: campaignParams,
    query: results.costQuery,
    answer: results.costAnswer,
    problems: ['not-found', 'not-possible', 'unprocessable'],
    handle: results.showCost,
  }),
  defineRoute({
    method: 'get',
    path: '/campaigns/{id}/results',
    scope: 'programs:read',
    summary: 'Compare the groups of a campaign by what people did after it, with confidence intervals.',
    params: campaignParams,
    query: results.resultsQuery,
    answer: results.resultsAnswer,
    problems: ['not-found', 'not-possible', 'unprocessable'],
    handle: results.showResults,
  }),
  ...SETTING_ROUTES.prices,
];
