import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import { type ChangedCampaign, changeState } from '../campaigns/lifecycle.ts';
import { startCampaign } from '../campaigns/start.ts';
import { CAMPAIGN_STATES, runsSentence, type StateCommand } from '../domain/campaigns/lifecycle.ts';
import { WHEN_CAPPED } from '../domain/caps/cap-rules.ts';
import type { Tree } from '../domain/segments/tree.ts';
import { campaignIdFault } from '../domain/sending/lanes.ts';
import { readSentenceWriter, resolveNew, type SentenceWriter } from '../segments/segments.ts';
import type { CampaignDoc } from '../store/campaigns/campaign-document.ts';
import { findCampaign, pageCampaigns, writeDraft } from '../store/campaigns/campaigns.ts';
import { findMessageTemplate } from '../store/templates/templates.ts';
import {
  CAMPAIGN_ID,
  campaignId,
  changedUncounted,
  flown,
  flownFields,
  orderOf,
  pageUncounted,
  progressAnswer,
  progressShown,
  readSplit,
  split,
  uncounted,
  whenAnswer,
  whenFields,
  whenOf,
} from './campaign-shapes.ts';
import { Problem, throwRefusal, unusable } from './http/problems.ts';
import type { ApiRequest } from './http/route.ts';
import { isoOrNull, page, paging, plainLine, slug, time, toPage } from './http/shapes.ts';
import { findProgram, findTopic } from './programs.ts';
import { refusalOfSegment, tree } from './segments.ts';

export const draftParams = z.strictObject({ id: slug });
export const campaignParams = z.strictObject({ id: campaignId });
export const campaignsQuery = z.strictObject({
  ...paging('campaigns', CAMPAIGN_ID),
  state: z.enum(CAMPAIGN_STATES).optional(),
  run_of: slug.optional().meta({ description: 'Only the runs of this recurrence.' }),
});
export const campaignBody = z.strictObject({
  name: plainLine(1, 80),
  program: slug,
  topic: slug,
  template: slug,
  segment: tree,
  capped: z.enum(WHEN_CAPPED).prefault('defer').meta({
    description: 'Whom a cap keeps back gets it when the cap lets it go, before the deadline; or not at all.',
  }),
  split: split.optional(),
});
export const startBody = z.strictObject({
  ...whenFields,
  everyone: z.literal(true).optional().meta({ description: 'Needed where the segment is everyone.' }),
});
export const steerBody = z.strictObject({});

export const campaignAnswer = z.strictObject({
  id: z.string(),
  name: z.string(),
  program: z.string(),
  topic: z.string(),
  template: z.string(),
  segment: z.unknown().meta({
    description: 'As PUT takes it; segments that it names may have changed since it was started.',
    override: { type: 'object' },
  }),
  audience: z.string().meta({ description: 'The segment as one sentence.' }),
  state: z.enum(CAMPAIGN_STATES),
  capped: z.enum(WHEN_CAPPED),
  at: time.nullable(),
  deadline: time.nullable(),
  when: whenAnswer,
  ended_at: time.nullable(),
  ...flownFields,
  progress: progressAnswer,
});
export const steeredAnswer = campaignAnswer.extend({
  runs: z
    .strictObject({
      sentence: z.string(),
      open: z.array(z.strictObject({ id: z.string(), state: z.enum(CAMPAIGN_STATES) })),
    })
    .nullable()
    .meta({ description: 'Of a recurrence: its runs that were open, as they are after the move.' }),
});
export const campaignsAnswer = page(campaignAnswer);

export async function listCampaigns({ context, query }: ApiRequest<{ query: typeof campaignsQuery }>) {
  const limit = query.limit + 1;
  const of = { state: query.state, runOf: query.run_of };
  const found = await pageCampaigns(context.store, of, { after: query.cursor ?? null, limit });
  const { rows, next_cursor } = toPage('campaigns', found, query.limit, ({ _id }) => _id);
  const trees = rows.map(({ segment }) => segment);
  const say = await readSentenceWriter(context.store, context.catalog.current().book, trees);
  const items: Awaited<ReturnType<typeof shownAs>>[] = [];
  // Each campaign counts its messages. In small groups, so that connections to the database stay free for inbound
  // texts.
  for (let at = 0; at < rows.length; at += AT_ONCE) {
    const some = rows.slice(at, at + AT_ONCE);
    const counted = Promise.all(some.map((row) => shownAs(context, row, say)));
    items.push(...(await counted.catch(pageUncounted)));
  }
  return { items, next_cursor };
}

/** Campaigns whose messages are counted at once. */
const AT_ONCE = 4;

export async function showCampaign({ context, params }: ApiRequest<{ params: typeof campaignParams }>) {
  return shown(context, orMissing(await findCampaign(context.store, params.id))).catch(uncounted);
}

export async function showProgress({ context, params }: ApiRequest<{ params: typeof campaignParams }>) {
  return progressShown(context, orMissing(await findCampaign(context.store, params.id))).catch(uncounted);
}

const NO_TEMPLATE = 'The program has no template of this id.';
const noDraft = (state: CampaignDoc['state'] | undefined): string =>
  state === 'canceled' || state === 'finished'
    ? `The campaign is ${state}. Make another.`
    : 'The campaign is no draft any more. Pause it and POST /campaigns/{id}/edit changes its words and deadline; else make another.';

type Put = ApiRequest<{ params: typeof draftParams; body: typeof campaignBody }>;

/** Saves a draft whole. A campaign cannot be changed once it is started. */
export async function putCampaign({ context, key, params, body }: Put) {
  const idFault = campaignIdFault(params.id);
  if (idFault !== null) throw unusable('id', idFault);
  const { book } = context.catalog.current();
  const program = findProgram(book, body.program);
  findTopic(program, body.topic);
  const template = await findMessageTemplate(context.store, body.template);
  if (template?.program !== program.id) throw unusable('template', NO_TEMPLATE);
  const before = await findCampaign(context.store, params.id);
  await checkSegment(context, before, body.segment);
  const { split: asked, ...said } = body;
  const divided = asked === undefined ? {} : { split: readSplit(asked) };
  for (const [at, { template: id }] of (divided.split?.variants ?? []).entries()) {
    const words = await findMessageTemplate(context.store, id);
    if (words?.program !== program.id) throw unusable(`split.variants.${at}.template`, NO_TEMPLATE);
  }
  const draft = { _id: params.id, ...said, ...divided, savedBy: key.id };
  const saved = await writeDraft(context.store, draft, context.now());
  if (saved === null) throw new Problem('not-possible', noDraft(before?.state));
  context.log.info({ key: key.id, campaign: saved._id }, 'a campaign was saved');
  return changed(context, saved);
}

/**
 * A campaign for the people who missed another one keeps its segment unchecked: nobody is selected by the segment, so
 * what it names may be gone.
 */
async function checkSegment(
  context: Put['context'],
  before: CampaignDoc | null,
  segment: Tree,
): Promise<void> {
  if (before?.missed === undefined) {
    const { book } = context.catalog.current();
    await resolveNew(context.store, book, segment, context.now()).catch((error: unknown) => {
      throw refusalOfSegment(error, 'segment');
    });
  } else if (!isDeepStrictEqual(before.segment, segment)) {
    throw unusable(
      'segment',
      `It goes to those who missed "${before.missed.of}": its segment stays as it was.`,
    );
  }
}

type StartCall = ApiRequest<{ params: typeof campaignParams; body: typeof startBody }>;

export async function beginCampaign({ context, key, params, body }: StartCall) {
  const order = { ...orderOf(body), everyone: body.everyone === true, by: key.id };
  const started = await startCampaign(context, params.id, order).catch(refuseCampaign);
  context.log.info({ key: key.id, campaign: params.id }, 'a campaign was started');
  return changed(context, orMissing(started));
}

/** The result of a command on a campaign and, for a recurrence, on its runs. */
export async function steered(
  context: ApiRequest<object>['context'],
  how: StateCommand,
  moved: ChangedCampaign | null,
) {
  const campaign = await changed(context, orMissing(moved));
  const open = moved?.openRuns;
  return { ...campaign, runs: open === undefined ? null : { sentence: runsSentence(how, open), open } };
}

/** The handler of one command. */
export const steer =
  (how: 'pause' | 'cancel') =>
  async ({ context, key, params }: ApiRequest<{ params: typeof campaignParams; body: typeof steerBody }>) => {
    const moved = await changeState(context, params.id, how).catch(refuseCampaign);
    context.log.info({ key: key.id, campaign: params.id, move: how }, 'a campaign was moved');
    return steered(context, how, moved);
  };

/** A fault may also be in the campaign's segment. */
export const refuseCampaign = (error: unknown): never => throwRefusal(refusalOfSegment(error, 'segment'));

export function orMissing(campaign: CampaignDoc | null): CampaignDoc {
  if (campaign === null) throw new Problem('not-found', 'There is no campaign of this id.');
  return campaign;
}

/** The answer after a change. */
export const changed = (context: ApiRequest<object>['context'], campaign: CampaignDoc) =>
  shown(context, campaign).catch(changedUncounted(campaign));

async function shown(context: ApiRequest<object>['context'], campaign: CampaignDoc) {
  const { book } = context.catalog.current();
  return shownAs(context, campaign, await readSentenceWriter(context.store, book, [campaign.segment]));
}

async function shownAs(context: ApiRequest<object>['context'], campaign: CampaignDoc, say: SentenceWriter) {
  const { _id: id, name, program, topic, template, segment, state, capped } = campaign;
  return {
    id,
    name,
    program,
    topic,
    template,
    state,
    capped,
    segment,
    audience: say(segment),
    at: isoOrNull(campaign.startAt),
    deadline: isoOrNull(campaign.deadline),
    when: whenOf(campaign, context.now()),
    ended_at: isoOrNull(campaign.endedAt),
    ...flown(campaign),
    progress: await progressShown(context, campaign),
  };
}
