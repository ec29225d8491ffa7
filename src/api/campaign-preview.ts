import { z } from 'zod';
import { templateOfProgram, variantsOf } from '../campaigns/content.ts';
import { findToCome, previewWhen, type Timing } from '../campaigns/schedule-preview.ts';
import { sendHistoryWait } from '../campaigns/send-history.ts';
import { previewStart } from '../campaigns/start.ts';
import type { AppContext } from '../consent/app-context.ts';
import { sumUp } from '../domain/campaigns/forecast.ts';
import {
  firstAsked,
  placedFrom,
  type ScheduleRequest,
  startOf,
  whenFault,
} from '../domain/campaigns/schedule.ts';
import { later } from '../domain/durations.ts';
import type { Resolved } from '../domain/segments/tree.ts';
import { CountTookLong } from '../segments/preview.ts';
import { draftTree } from '../segments/segments.ts';
import type { CampaignDoc } from '../store/campaigns/campaign-document.ts';
import { campaignId, orderOf, stoppedNumbers } from './campaign-shapes.ts';
import { orMissing, refuseCampaign, startBody } from './campaigns.ts';
import { Problem, unusable } from './http/problems.ts';
import type { ApiRequest } from './http/route.ts';
import { iso, isoOrNull, time } from './http/shapes.ts';
import { findProgram, findTopic } from './programs.ts';
import { refusalOfSegment } from './segments.ts';

const count = z.number();
const people = (what: string) => count.meta({ description: what });

export const previewParams = z.strictObject({ id: campaignId });
export const previewBody = startBody;
export const previewAnswer = z.strictObject({
  start_refused: z.string().nullable().meta({
    description:
      'Why a start of the draft would be refused as things stand, asked the same, or that its people could not be counted in time to tell; null: nothing is in its way, or it was started.',
  }),
  start_waits: z.string().nullable().meta({
    description:
      'What it will have to wait for at its time, as things stand: its segment asks who got another campaign that is still to be sent by then. Null: nothing, or its start is refused for it.',
  }),
  stopped: stoppedNumbers,
  when: z.strictObject({
    people: people(
      'Of the segment, or who missed the campaign it makes up for; of very many an estimate, right within a tenth.',
    ),
    judged: people('Of whom the rest speaks: all, or a fair sample.'),
    sample: z.boolean(),
    going: people('Who may get it, of those judged: those of a local time or deadline that passes too.'),
    had_turn: people(
      'Of those judged, whose message has left or ended, or who came too late for one: nothing more of it goes to them, nor are they in what follows.',
    ),
    no_sender: people(
      'Of those judged, who might get it, and whom no number of its program may write to: they get nothing.',
    ),
    held_out: people('Who might get it, and is held out of its split.'),
    after_test: people(
      'Of those going, who waits for the winner of its test; counted with its first variant.',
    ),
    capped: people(
      'Of those going, whom a cap keeps now: they wait for room, or get nothing, as `capped` says.',
    ),
    daily_cap: z.strictObject({ carrier: z.string(), parts_a_day: count, people: count }).nullable().meta({
      description:
        'What a carrier takes in a day from the brand of the numbers that write to those going, over all that is sent, and how many of them are known to be with it. What is over it waits for the next day; no time here counts with that.',
    }),
    start: time,
    first_at: time.nullable(),
    last_at: time.nullable().meta({
      description:
        'When the last has left, were nothing else sent; null also where some wait for a number that is stopped.',
    }),
    by_hour: z.array(z.strictObject({ hour: z.string(), people: count })),
    by_local_hour: z
      .array(z.strictObject({ hour: z.string(), people: count }))
      .meta({ description: 'The same by the clock of each person.' }),
    held: z
      .array(z.strictObject({ until: time, by: z.string(), people: count }))
      .meta({ description: 'Who waits for the end of quiet hours, until when, and by which rule.' }),
    zones: z.array(z.strictObject({ zone: z.string(), people: count })),
    weak_zones: z.strictObject({
      area_code_only: count,
      several: people('The clock is the last of several that may be theirs.'),
      unknown: people("At a local time the program's zone stands in for theirs."),
    }),
    local_time_passed: z.strictObject({ skipped: count, at_once: count }),
    past_deadline: count,
    no_hour: people('No hour of the next eight days is permitted in every place where the person may be.'),
    rate: z.strictObject({ segments_per_second: count, lasts_seconds: count.nullable() }).meta({
      description:
        "What the senders that write to any of them take and are not stopped, and how long everyone's messages keep them.",
    }),
  }),
});

type PreviewCall = ApiRequest<{ params: typeof previewParams; body: typeof previewBody }>;

/** Who would get a campaign, and when. Stores and sends nothing. */
export async function previewCampaign({ context, key, params, body }: PreviewCall) {
  const campaign = orMissing(await findToCome(context, params.id).catch(refuseCampaign));
  const { book } = context.catalog.current();
  const program = findProgram(book, campaign.program);
  const order = campaign.state === 'draft' ? orderOf(body) : ownOrder(campaign, body);
  const fault =
    campaign.state === 'draft' ? whenFault(order, program.zone, context.now(), campaign.split?.test) : null;
  if (fault !== null) throw unusable(fault.field, fault.why);
  const asked = firstAsked(order, program.zone, context.now());
  const template =
    campaign.frozen?.template ??
    (await templateOfProgram(context.store, campaign, campaign.template, 'template').catch(refuseCampaign));
  const segment =
    campaign.frozen?.segment ??
    (await draftTree(context.store, book, campaign, asked).catch((error: unknown) => {
      throw refusalOfSegment(error, 'segment');
    }));
  const topic = findTopic(program, campaign.topic);
  const variants = campaign.frozen?.variants ?? (await variantsOf(context, campaign).catch(refuseCampaign));
  const plan = { campaign, program, topic, template, variants, segment, order };
  const timing = await previewWhen(context, plan).catch((error: unknown) => {
    if (!(error instanceof CountTookLong)) throw error;
    throw campaign.missed === undefined ? TOO_LONG : TOO_MANY_MISSED;
  });
  const start = { ...order, everyone: body.everyone === true };
  const refused = campaign.state === 'draft' ? await previewStart(context, campaign, start) : null;
  const waits = await waitOf(context, { campaign, segment, order, zone: program.zone });
  context.log.info(
    { key: key.id, campaign: campaign._id, people: timing.people },
    'a campaign was previewed',
  );
  const { stopped } = timing;
  return { start_refused: refused, start_waits: waits, stopped, when: shown(timing) };
}

type Looked = { campaign: CampaignDoc; segment: Resolved; order: ScheduleRequest; zone: string };

/**
 * Null for a recurrence, whose runs wait one by one, and for a draft that would be sent at once: its start is refused
 * instead.
 */
async function waitOf(
  context: AppContext,
  { campaign, segment, order, zone }: Looked,
): Promise<string | null> {
  const [now, isDraft] = [context.now(), campaign.state === 'draft'];
  const startAt = isDraft ? startOf(order, zone, now) : campaign.startAt;
  if (order.repeat !== null || (isDraft && startAt !== null && startAt <= now)) return null;
  const untold = await sendHistoryWait(
    context,
    { ...campaign, startAt },
    segment,
    later(startAt ?? now, now),
  );
  return untold === null ? null : untold.willWait;
}

const TOO_MANY_MISSED = new Problem('unavailable', 'Counting who missed it took too long.', {
  next_step: 'Try again when less is sent.',
});
const TOO_LONG = new Problem('unavailable', 'Counting took too long.', {
  next_step: 'Begin its segment with a clause that few fit: a state, a ZIP, a list.',
});

/** The schedule with which the campaign was started. */
function ownOrder(campaign: CampaignDoc, body: z.output<typeof previewBody>): ScheduleRequest {
  if (Object.keys(body).length > 0) {
    throw new Problem('not-possible', 'It was started: it is shown as it goes, so ask without any times.');
  }
  const { startAt, wentAt, deadline, when = { local: null, spreadMs: 0 }, repeat = null } = campaign;
  const at = startAt && placedFrom(startAt, wentAt);
  return { ...when, at: when.local === null && repeat === null ? at : null, deadline, repeat };
}

function shown(timing: Timing): z.input<typeof previewAnswer>['when'] {
  const sum = sumUp(timing.placed);
  const hours = (counts: Map<string, number>) => [...counts].map(([hour, n]) => ({ hour, people: n }));
  const { people: all, judged, start, end, perSecond, lastsMs } = timing;
  return {
    people: all,
    judged,
    sample: judged < all,
    going: timing.placed.length,
    ...{
      had_turn: timing.hadTurn,
      no_sender: timing.noSender,
      held_out: timing.heldOut,
      after_test: timing.afterTest,
      capped: timing.capped,
    },
    daily_cap: capShown(timing),
    start: iso(start),
    first_at: isoOrNull(sum.first),
    last_at: isoOrNull(end),
    by_hour: hours(sum.byHour),
    by_local_hour: hours(sum.byLocalHour),
    held: sum.held.map(({ until, by, people: n }) => ({ until: iso(until), by, people: n })),
    zones: [...sum.zones].map(([zone, n]) => ({ zone, people: n })),
    weak_zones: {
      area_code_only: sum.weak.areaCode,
      several: sum.weak.several,
      unknown: sum.weak.unknown,
    },
    local_time_passed: { skipped: sum.skipped, at_once: sum.atOnce },
    past_deadline: sum.expired,
    no_hour: sum.nowhere,
    rate: {
      segments_per_second: perSecond,
      lasts_seconds: lastsMs === null ? null : Math.round(lastsMs / 1000),
    },
  };
}

const capShown = ({ dailyCap: cap }: Timing) =>
  cap && { carrier: cap.carrier, parts_a_day: cap.partsADay, people: cap.people };
