import { z } from 'zod';
import { approveCampaign } from '../campaigns/approval.ts';
import { editCampaign } from '../campaigns/editing.ts';
import { resumeCampaign } from '../campaigns/lifecycle.ts';
import { draftResend } from '../campaigns/resend.ts';
import type { CampaignDoc } from '../store/campaigns/campaign-document.ts';
import * as why from './campaign-results.ts';
import * as figures from './campaign-results.ts';
import * as rules from './campaign-settings.ts';
import * as prices from './campaign-settings.ts';
import {
  campaignAnswer,
  campaignParams,
  changed,
  orMissing,
  refuseCampaign,
  steered,
  steeredAnswer,
} from './campaigns.ts';
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
  words: z.literal(true).optional().meta({ description: 'Take the words of its templates as they are now.' }),
  deadline: moment.nullable().optional(),
  at: moment.optional().meta({ description: 'When it begins, while nobody has a message of it yet.' }),
  note,
});

const resumeBody = z.strictObject({
  note: note.optional().meta({ description: 'What was done about it; needed where it paused by itself.' }),
});

const approveBody = z.strictObject({});

const answerApprove = ({ context, key, params }: Of<typeof approveBody>) =>
  done({ context, key, params }, 'approve', () => approveCampaign(context, params.id, key.id));

const missedBody = z.strictObject({
  id: slug.meta({ description: 'Of the draft that is made.' }),
  include_unknown: z
    .literal(true)
    .optional()
    .meta({ description: 'Also those of whom nobody knows whether they got it: some may get it twice.' }),
  variant: slug.optional().meta({
    description:
      "Of a split: whose words it has; needed where no winner was chosen. The winner's by default.",
  }),
});

const draftForMissed = ({ context, key, params, body }: Of<typeof missedBody>) =>
  done({ context, key, params }, 'missed', () =>
    draftResend(context, params.id, {
      id: body.id,
      unknownToo: body.include_unknown === true,
      variant: body.variant ?? null,
      by: key.id,
    }),
  );

/** Commands on a campaign other than sending it. */
export const FLIGHT_ROUTES: readonly ApiRoute[] = [
  defineRoute({
    ...act,
    path: '/campaigns/{id}/edit',
    summary:
      'Change words or deadline of a paused campaign, for whoever has not got it; or its time, before it begins.',
    body: editBody,
    handle: answerEdit,
  }),
  defineRoute({
    ...act,
    path: '/campaigns/{id}/resume',
    summary:
      'Go on where it was paused, at once where its time passed meanwhile; with a note where it paused by itself.',
    body: resumeBody,
    answer: steeredAnswer,
    handle: answerResume,
  }),
  defineRoute({
    ...act,
    path: '/campaigns/{id}/approve',
    summary: "A second person's yes to a draft, with another key than the one that asked.",
    body: approveBody,
    handle: answerApprove,
  }),
  defineRoute({
    ...act,
    path: '/campaigns/{id}/missed',
    summary:
      'Make a draft for those whom this one failed to reach; not for those from whom its cancel kept it.',
    body: missedBody,
    handle: draftForMissed,
  }),
  defineRoute({
    method: 'get',
    path: '/campaign-rules',
    scope: 'programs:read',
    summary: 'Show what pauses campaigns by themselves, and which need a second person.',
    answer: rules.rulesAnswer,
    handle: rules.showRules,
  }),
  defineRoute({
    method: 'put',
    path: '/campaign-rules',
    scope: 'programs:write',
    summary: 'Save what pauses campaigns by themselves, and which need a second person.',
    body: rules.rulesBody,
    answer: rules.rulesAnswer,
    handle: rules.putRules,
  }),
  defineRoute({
    method: 'post',
    path: '/campaigns/{id}/why',
    scope: 'contacts:read',
    summary: 'Answer why one person got a campaign, or did not, in one sentence and the facts behind it.',
    looksUp: why.byPhone,
    params: campaignParams,
    body: why.whyBody,
    answer: why.whyAnswer,
    problems: ['not-found', 'not-possible'],
    handle: why.explainWhy,
  }),
  defineRoute({
    method: 'get',
    path: '/campaigns/{id}/cost',
    scope: 'programs:read',
    summary: 'Show what a campaign will cost, and has cost so far.',
    params: campaignParams,
    query: figures.costQuery,
    answer: figures.costAnswer,
    problems: ['not-found', 'not-possible', 'unprocessable'],
    handle: figures.showCost,
  }),
  defineRoute({
    method: 'get',
    path: '/campaigns/{id}/results',
    scope: 'programs:read',
    summary: 'Compare the groups of a campaign by what people did after it, with confidence intervals.',
    params: campaignParams,
    query: figures.resultsQuery,
    answer: figures.resultsAnswer,
    problems: ['not-found', 'not-possible', 'unprocessable'],
    handle: figures.showResults,
  }),
  defineRoute({
    method: 'get',
    path: '/prices',
    scope: 'programs:read',
    summary: 'Show the price table.',
    answer: prices.pricesAnswer,
    problems: ['not-found'],
    handle: prices.showPrices,
  }),
  defineRoute({
    method: 'put',
    path: '/prices',
    scope: 'programs:write',
    summary: 'Save what one part costs, by country, kind of number and medium.',
    body: prices.pricesBody,
    answer: prices.pricesAnswer,
    handle: prices.putPrices,
  }),
];

type Of<B extends z.ZodType> = ApiRequest<{ params: typeof campaignParams; body: B }>;

export async function answerResume({ context, key, params, body }: Of<typeof resumeBody>) {
  const order = { by: key.id, note: body.note ?? null };
  const moved = await resumeCampaign(context, params.id, order).catch(refuseCampaign);
  context.log.info({ key: key.id, campaign: params.id, move: 'resume' }, 'a campaign was moved');
  return steered(context, 'resume', moved);
}

function answerEdit({ context, key, params, body }: Of<typeof editBody>) {
  const { words, deadline, at, note } = body;
  const order = {
    ...{ words: words === true, by: key.id, note },
    ...(deadline === undefined ? {} : { deadline }),
    ...(at === undefined ? {} : { at }),
  };
  return done({ context, key, params }, 'edit', () => editCampaign(context, params.id, order));
}

async function done(
  { context, key, params }: Pick<Of<typeof approveBody>, 'context' | 'key' | 'params'>,
  move: string,
  run: () => Promise<CampaignDoc | null>,
) {
  const after = orMissing(await run().catch(refuseCampaign));
  context.log.info({ key: key.id, campaign: params.id, move }, 'a campaign was moved');
  return changed(context, after);
}
