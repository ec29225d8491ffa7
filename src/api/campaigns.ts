import { z } from 'zod';
import { progressOf } from '../campaigns/progress.ts';
import { readSayer, resolveTree } from '../campaigns/segments.ts';
import { CampaignRefused, startCampaign, steerCampaign } from '../campaigns/steer.ts';
import { CAMPAIGN_STATES } from '../domain/campaigns/moves.ts';
import { WHEN_CAPPED } from '../domain/caps/caps.ts';
import { type CampaignDoc, findCampaign, pageCampaigns, writeDraft } from '../store/campaigns.ts';
import { DELIVERY_STATES } from '../store/deliveries.ts';
import { findMessageTemplate } from '../store/message-templates.ts';
import { CAMPAIGN_ID, campaignId, orderOf, whenAnswer, whenFields, whenOf } from './campaign-when.ts';
import { iso, isoOrNull, line, slug, time } from './fields.ts';
import { findProgram, findTopic } from './find-program.ts';
import { cut, page, paging } from './paging.ts';
import { Problem, unusable } from './problem.ts';
import type { Call } from './route.ts';
import { refusalOfSegment, tree } from './segments.ts';

export const draftParams = z.strictObject({ id: slug });
export const campaignParams = z.strictObject({ id: campaignId });
export const campaignsQuery = z.strictObject(paging('campaigns', CAMPAIGN_ID));
export const campaignBody = z.strictObject({
  name: line(1, 80),
  program: slug,
  topic: slug,
  template: slug,
  segment: tree,
  capped: z.enum(WHEN_CAPPED).prefault('defer').meta({
    description: 'Whom a cap keeps back gets it when the cap lets it go, before the deadline; or not at all.',
  }),
});
export const startBody = z.strictObject({
  ...whenFields,
  everyone: z.literal(true).optional().meta({ description: 'Needed where the segment is everyone.' }),
});
export const steerBody = z.strictObject({});

const count = z.number();
export const campaignAnswer = z.strictObject({
  id: z.string(),
  name: z.string(),
  program: z.string(),
  topic: z.string(),
  template: z.string(),
  audience: z.string().meta({ description: 'The segment as one sentence.' }),
  state: z.enum(CAMPAIGN_STATES),
  capped: z.enum(WHEN_CAPPED),
  at: time.nullable(),
  deadline: time.nullable(),
  when: whenAnswer,
  ended_at: time.nullable(),
  progress: z.strictObject({
    people: count.meta({ description: 'Of whom it is decided so far.' }),
    plan_complete: z.boolean(),
    messages: z.strictObject(
      Object.fromEntries(DELIVERY_STATES.map((state) => [state, count])) as Record<
        (typeof DELIVERY_STATES)[number],
        typeof count
      >,
    ),
    clicked: z
      .strictObject({ people: count, bots: count })
      .meta({ description: 'Messages whose link a person opened, and those whose link only machines did.' }),
    done_at: time.nullable().meta({ description: 'At the speed of the senders, were nothing else sent.' }),
  }),
});
export const campaignsAnswer = page(campaignAnswer);

export async function listCampaigns({ desk, query }: Call<{ query: typeof campaignsQuery }>) {
  const limit = query.limit + 1;
  const found = await pageCampaigns(desk.store, { after: query.cursor ?? null, limit });
  const { rows, next_cursor } = cut('campaigns', found, query.limit, ({ _id }) => _id);
  return { items: await Promise.all(rows.map((row) => shown(desk, row))), next_cursor };
}

export async function showCampaign({ desk, params }: Call<{ params: typeof campaignParams }>) {
  return shown(desk, orMissing(await findCampaign(desk.store, params.id)));
}

type Put = Call<{ params: typeof draftParams; body: typeof campaignBody }>;

/** Saves a draft whole. Once started a campaign is not changed any more. */
export async function putCampaign({ desk, key, params, body }: Put) {
  const { book } = desk.catalog.current();
  const program = findProgram(book, body.program);
  findTopic(program, body.topic);
  const template = await findMessageTemplate(desk.store, body.template);
  if (template?.program !== program.id) throw unusable('template', 'The program has no template of this id.');
  await resolveTree(desk.store, book, body.segment, null).catch((error: unknown) => {
    throw refusalOfSegment(error, 'segment');
  });
  const saved = await writeDraft(desk.store, { _id: params.id, ...body }, desk.now());
  if (saved === null) throw new Problem('conflict', 'The campaign is no draft any more; make another.');
  desk.log.info({ key: key.id, campaign: saved._id }, 'a campaign was saved');
  return shown(desk, saved);
}

type StartCall = Call<{ params: typeof campaignParams; body: typeof startBody }>;

export async function beginCampaign({ desk, key, params, body }: StartCall) {
  const order = { ...orderOf(body), everyone: body.everyone === true };
  const started = await startCampaign(desk, params.id, order).catch(refuse);
  desk.log.info({ key: key.id, campaign: params.id }, 'a campaign was started');
  return shown(desk, orMissing(started));
}

/** The handler of one move. */
export const steer =
  (how: 'pause' | 'resume' | 'cancel') =>
  async ({ desk, key, params }: Call<{ params: typeof campaignParams; body: typeof steerBody }>) => {
    const moved = await steerCampaign(desk, params.id, how).catch(refuse);
    desk.log.info({ key: key.id, campaign: params.id, move: how }, 'a campaign was moved');
    return shown(desk, orMissing(moved));
  };

function refuse(error: unknown): never {
  if (!(error instanceof CampaignRefused)) throw refusalOfSegment(error, 'segment');
  if (error.field !== null) throw unusable(error.field, error.message);
  throw new Problem('conflict', error.message);
}

function orMissing(campaign: CampaignDoc | null): CampaignDoc {
  if (campaign === null) throw new Problem('not-found', 'There is no campaign of this id.');
  return campaign;
}

async function shown(desk: Call<object>['desk'], campaign: CampaignDoc) {
  const say = await readSayer(desk.store, desk.catalog.current().book);
  const { _id: id, name, program, topic, template, state, capped = 'defer' } = campaign;
  const { people, planComplete, rows, clicked, doneAt } = await progressOf(desk, campaign);
  return {
    ...{ id, name, program, topic, template, state, capped },
    audience: say(campaign.segment),
    at: isoOrNull(campaign.startAt),
    deadline: isoOrNull(campaign.deadline),
    when: whenOf(campaign, desk.now()),
    ended_at: isoOrNull(campaign.endedAt),
    progress: {
      people,
      plan_complete: planComplete,
      messages: rows,
      clicked,
      done_at: doneAt && iso(doneAt),
    },
  };
}
