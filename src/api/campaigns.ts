import { z } from 'zod';
import {
  type CampaignView,
  ChangedUncounted,
  commandCampaign,
  listCampaigns as listCampaignViews,
  saveDraft,
  setCampaignArchived,
  showProgress as showCampaignProgress,
  showCampaign as showCampaignView,
} from '../campaigns/campaigns.ts';
import { CAMPAIGN_SORTS, type CampaignSort, runsSentence } from '../domain/campaigns/lifecycle.ts';
import {
  CAMPAIGN_ID,
  campaignId,
  campaignState,
  changedUncounted,
  flown,
  flownFields,
  orderOf,
  pageUncounted,
  progressAnswer,
  progressShown,
  split,
  splitOrder,
  uncounted,
  whenAnswer,
  whenFields,
  whenOf,
} from './campaign-shapes.ts';
import { Problem, throwRefusal, unusable } from './http/problems.ts';
import type { ApiRequest } from './http/route.ts';
import { actorOf } from './http/route.ts';
import {
  cursorAt,
  iso,
  isoOrNull,
  page,
  paging,
  plainLine,
  shape,
  shownAs,
  slug,
  time,
} from './http/shapes.ts';
import { whenCapped } from './messages.ts';
import { emptyBody, refusalOfSegment, tree } from './segments.ts';

const ID = CAMPAIGN_ID.source.slice(1, -1);

/**
 * The content of a cursor of the list: the sort order, then the id of the last campaign shown and its value in that
 * order; "-" where that campaign has no such value.
 */
const POSITION = new RegExp(`^((created|start) ${ID} (\\d{1,15}|-)|name ${ID} .{1,80})$`, 'u');

export const draftParams = z.strictObject({ id: slug.meta({ description: 'Id of the draft.' }) });
export const campaignParams = z.strictObject({ id: campaignId });
export const campaignsQuery = z.strictObject({
  ...paging('campaigns', POSITION),
  sort: z.enum(CAMPAIGN_SORTS).prefault('created').meta({
    description:
      '`created`: the newest first. `start`: the latest start first, and campaigns without one last. `name`: by name. Campaigns that are added meanwhile move nothing on the next pages.',
  }),
  archived: z
    .literal('true')
    .optional()
    .meta({ description: 'Lists only archived campaigns. Only others are listed when left out.' }),
  state: campaignState.optional().meta({ description: 'Lists only campaigns in this state.' }),
  run_of: slug.optional().meta({ description: 'Lists only the runs of this recurrence.' }),
});

const AS_SHOWN = {
  description:
    'As GET shows it, null, or left out. Any other value is refused: POST /campaigns/{id}/start sets it.',
};
export const campaignBody = shape('UpdateCampaignRequest', {
  name: plainLine(1, 80).meta({ description: 'Name of the campaign, as staff read it.' }),
  program: slug.meta({ description: 'Id of the program for which the campaign is sent.' }),
  topic: slug.meta({ description: 'Id of the topic that the campaign is about.' }),
  template: slug.meta({ description: 'Id of the template whose words are sent.' }),
  segment: tree,
  capped: whenCapped.prefault('defer').meta({
    description:
      'What happens to the message of a person who has reached a frequency cap: `defer` sends it once the cap allows it, before the deadline; `skip` does not send it.',
  }),
  split: split.nullable().optional().meta({ description: 'Null or left out: everybody gets the template.' }),
  at: time.nullable().optional().meta(AS_SHOWN),
  deadline: time.nullable().optional().meta(AS_SHOWN),
  when: z.record(z.string(), z.unknown()).nullable().optional().meta(AS_SHOWN),
});
export const startBody = shape('StartCampaignRequest', {
  ...whenFields,
  everyone: z.literal(true).optional().meta({ description: 'Required when the segment is everyone.' }),
});
export const steerBody = emptyBody;

export const campaignAnswer = shape('Campaign', {
  id: z.string(),
  name: z.string(),
  program: z.string(),
  topic: z.string(),
  template: z.string(),
  segment: shownAs(
    'SegmentTree',
    'The segment as PUT takes it. Segments that it names may have changed after the campaign was started.',
  ),
  audience: z.string().meta({ description: 'The segment as one sentence.' }),
  state: campaignState,
  capped: whenCapped,
  archived: z.boolean(),
  created_at: time,
  at: time
    .nullable()
    .meta({ description: 'The earliest time of sending. Null until the campaign is started.' }),
  deadline: time.nullable().meta({ description: 'Nothing is sent after this time.' }),
  when: whenAnswer,
  ended_at: time.nullable(),
  ...flownFields,
  progress: progressAnswer,
});
export const steeredAnswer = shape('SteeredCampaign', {
  ...campaignAnswer.shape,
  runs: shape('RecurrenceRuns', {
    sentence: z.string(),
    open: z.array(shape('OpenRun', { id: z.string(), state: campaignState })),
  })
    .nullable()
    .meta({ description: 'The open runs of a recurrence, with their states after the command.' }),
});
export const campaignsAnswer = page(campaignAnswer);

export async function listCampaigns({ context, query }: ApiRequest<{ query: typeof campaignsQuery }>) {
  const { sort, limit, state, run_of: runOf, archived } = query;
  const of = { state, runOf, archived: archived === 'true' };
  const after = query.cursor === undefined ? null : positionIn(query.cursor, sort);
  const { campaigns, next } = await listCampaignViews(context, of, { sort, after, limit }).catch(
    pageUncounted,
  );
  const now = context.now();
  const next_cursor =
    next === null ? null : cursorAt('campaigns', `${sort} ${next.id} ${textOf(next.value)}`);
  return { items: campaigns.map((campaign) => shown(campaign, now)), next_cursor };
}

function textOf(value: string | Date | null): string {
  if (value === null) return '-';
  return typeof value === 'string' ? value : String(value.getTime());
}

/** The position that a cursor holds. Throws a `Problem` where the cursor is of another order. */
function positionIn(cursor: string, sort: CampaignSort) {
  const [order, id = '', ...rest] = cursor.split(' ');
  if (order !== sort) throw unusable('cursor', 'It is a cursor of another order. Begin with the first page.');
  const text = rest.join(' ');
  if (sort === 'name') return { id, value: text };
  return { id, value: text === '-' ? null : new Date(Number(text)) };
}

export async function showCampaign({ context, params }: ApiRequest<{ params: typeof campaignParams }>) {
  const campaign = await showCampaignView(context, params.id).catch(uncounted);
  return shown(orMissing(campaign), context.now());
}

export async function showProgress({ context, params }: ApiRequest<{ params: typeof campaignParams }>) {
  return progressShown(orMissing(await showCampaignProgress(context, params.id).catch(uncounted)));
}

/** The handler that archives or restores a campaign. */
export const archive =
  (archived: boolean) =>
  async ({ context, key, params: { id } }: OfCampaign) => {
    const setting = setCampaignArchived(context, { actor: actorOf(key), id, archived });
    return shown(orMissing(await setting.catch(refuseCampaign)), context.now());
  };

type SaveRequest = ApiRequest<{ params: typeof draftParams; body: typeof campaignBody }>;

export async function putCampaign({ context, key, params, body }: SaveRequest) {
  const { split: divided, at, deadline, when, ...draft } = body;
  const order = {
    actor: actorOf(key),
    id: params.id,
    ...draft,
    ...(divided == null ? {} : { split: splitOrder(divided) }),
    times: { at: dateOrNull(at), deadline: dateOrNull(deadline), hasWhen: hasWhen(when) },
  };
  return shown(await saveDraft(context, order).catch(refuseCampaign), context.now());
}

const dateOrNull = (text: string | null | undefined): Date | null => (text == null ? null : new Date(text));

/** Whether the `when` of a request says anything: that of a draft has nulls, and a spread of zero minutes. */
const hasWhen = (when: z.output<typeof campaignBody>['when']): boolean =>
  Object.entries(when ?? {}).some(([name, value]) => value !== (name === 'spread_minutes' ? 0 : null));

type StartCall = ApiRequest<{ params: typeof campaignParams; body: typeof startBody }>;

export async function beginCampaign({ context, key, params, body }: StartCall) {
  const order = { ...orderOf(body), everyone: body.everyone === true };
  return (await carryOut({ context, key, params }, { kind: 'start', order })).campaign;
}

type Command = Parameters<typeof commandCampaign>[1]['command'];
type OfCampaign = Pick<ApiRequest<{ params: typeof campaignParams }>, 'context' | 'key' | 'params'>;

/** Carries out a command and shows the campaign after it. Throws a `Problem` when that is not possible. */
export async function carryOut({ context, key, params }: OfCampaign, command: Command) {
  const order = { actor: actorOf(key), id: params.id, command };
  const { campaign, openRuns } = orMissing(await commandCampaign(context, order).catch(refuseCampaign));
  return { campaign: shown(campaign, context.now()), openRuns };
}

/** The answer to a command that, for a recurrence, also moves its runs. */
export async function steerBy(of: OfCampaign, command: Extract<Command, { kind: Steering }>) {
  const { campaign, openRuns } = await carryOut(of, command);
  const runs =
    openRuns === undefined ? null : { sentence: runsSentence(command.kind, openRuns), open: openRuns };
  return { ...campaign, runs };
}

type Steering = 'pause' | 'cancel' | 'resume';

/** The handler of one command. */
export const steer =
  (kind: 'pause' | 'cancel') =>
  ({ context, key, params }: ApiRequest<{ params: typeof campaignParams; body: typeof steerBody }>) =>
    steerBy({ context, key, params }, { kind });

/** A fault may also be in the campaign's segment, and a change may be made without its answer. */
export function refuseCampaign(error: unknown): never {
  if (error instanceof ChangedUncounted) throw changedUncounted(error);
  return throwRefusal(refusalOfSegment(error, 'segment'));
}

export function orMissing<T>(found: T | null): T {
  if (found === null) throw new Problem('not-found', 'There is no campaign of this id.');
  return found;
}

function shown(campaign: CampaignView, now: Date) {
  const { id, name, program, topic, template, segment, audience, state, capped } = campaign;
  return {
    id,
    name,
    program,
    topic,
    template,
    state,
    capped,
    segment,
    audience,
    archived: campaign.archived === true,
    created_at: iso(campaign.createdAt),
    at: isoOrNull(campaign.startAt),
    deadline: isoOrNull(campaign.deadline),
    when: whenOf(campaign, now),
    ended_at: isoOrNull(campaign.endedAt),
    ...flown(campaign),
    progress: progressShown(campaign.progress),
  };
}
