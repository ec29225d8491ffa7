import { z } from 'zod';
import { previewCampaign as previewOf } from '../campaigns/campaign-preview.ts';
import { sumUp } from '../domain/campaigns/forecast.ts';
import { campaignId, orderOf, stoppedNumbers } from './campaign-shapes.ts';
import { orMissing, refuseCampaign, startBody } from './campaigns.ts';
import { Problem } from './http/problems.ts';
import { type ApiRequest, defineRoute } from './http/route.ts';
import { iso, isoOrNull, time } from './http/shapes.ts';

const count = z.number();
const people = (what: string) => count.meta({ description: what });

const previewParams = z.strictObject({ id: campaignId });
const previewBody = startBody;
const previewAnswer = z.strictObject({
  start_refused: z.string().nullable().meta({
    description:
      'Why a start of the draft with the same body would be refused now, or that its people could not be counted in time to know. Null: nothing prevents a start, or the campaign was started.',
  }),
  start_waits: z.string().nullable().meta({
    description:
      'What the campaign will have to wait for at its time: its segment asks who got another campaign, which will not have been sent by then. Null: nothing, or its start is refused for this reason.',
  }),
  stopped: stoppedNumbers,
  when: z.strictObject({
    people: people(
      'How many people are in the segment, or missed the original of a resend. For very many people an estimate, exact to a tenth.',
    ),
    judged: people('How many people the other figures are about: all, or a fair sample.'),
    sample: z.boolean(),
    going: people(
      'How many of the judged people may get it, including those whose local time or deadline will have passed.',
    ),
    had_turn: people(
      'How many of the judged people get nothing more of it, because their message was sent or ended, or they came too late. The figures below do not include them.',
    ),
    no_sender: people(
      'How many of the judged people get nothing because no number of the program may text them.',
    ),
    held_out: people('How many of the judged people are in the holdout of the split.'),
    after_test: people(
      'How many of the `going` people wait for the winner of the test. They are counted with the first variant.',
    ),
    capped: people(
      'How many of the `going` people have reached a cap now. They wait or get nothing, as `capped` of the campaign says.',
    ),
    daily_cap: z.strictObject({ carrier: z.string(), parts_a_day: count, people: count }).nullable().meta({
      description:
        'How many parts a carrier accepts in a day from the brand of the numbers in use, over everything that is sent, and how many of the `going` people are known to be with that carrier. Messages over it wait for the next day. No time in this answer takes that into account.',
    }),
    start: time,
    first_at: time.nullable(),
    last_at: time.nullable().meta({
      description:
        'When the last message is sent if nothing else is sent. Null also when messages wait for a stopped number.',
    }),
    by_hour: z.array(z.strictObject({ hour: z.string(), people: count })),
    by_local_hour: z
      .array(z.strictObject({ hour: z.string(), people: count }))
      .meta({ description: 'The same by the local time of each person.' }),
    held: z.array(z.strictObject({ until: time, by: z.string(), people: count })).meta({
      description: 'How many people wait for the end of quiet hours, until when, and by which rule.',
    }),
    zones: z.array(z.strictObject({ zone: z.string(), people: count })),
    weak_zones: z.strictObject({
      area_code_only: count,
      several: people('How many people may be in several zones. The latest of the times counts.'),
      unknown: people("How many people have no known zone. At a local time the program's zone is used."),
    }),
    local_time_passed: z.strictObject({ skipped: count, at_once: count }),
    past_deadline: count,
    no_hour: people(
      'How many people have no permitted hour in the next eight days in every place where they may be.',
    ),
    rate: z.strictObject({ segments_per_second: count, lasts_seconds: count.nullable() }).meta({
      description: 'The speed of the working senders in use, and how long all messages take at that speed.',
    }),
  }),
});

type PreviewCall = ApiRequest<{ params: typeof previewParams; body: typeof previewBody }>;

async function previewCampaign({ context, key, params, body }: PreviewCall) {
  const start = { ...orderOf(body), everyone: body.everyone === true };
  const asked = { key: key.id, id: params.id, start, saysHow: Object.keys(body).length > 0 };
  const seen = orMissing(await previewOf(context, asked).catch(refuseCampaign));
  if (seen.kind === 'took-long') throw seen.isResend ? TOO_MANY_MISSED : TOO_LONG;
  const { timing, startRefused, startWaits } = seen;
  return {
    start_refused: startRefused,
    start_waits: startWaits,
    stopped: timing.stopped,
    when: shown(timing),
  };
}

type Timing = Extract<NonNullable<Awaited<ReturnType<typeof previewOf>>>, { kind: 'previewed' }>['timing'];

const TOO_MANY_MISSED = new Problem(
  'unavailable',
  'Counting the people who missed the campaign took too long.',
  {
    next_step: 'Try again when less is sent.',
  },
);
const TOO_LONG = new Problem('unavailable', 'Counting the people of the campaign took too long.', {
  next_step: 'Begin its segment with a clause that few people match: a state, a ZIP, a list.',
});

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

export const PREVIEW_ROUTE = defineRoute({
  method: 'post',
  path: '/campaigns/{id}/preview',
  scope: 'programs:read',
  summary:
    'Show when people would get a campaign, by their local time, and what they would wait for. Nothing is sent.',
  params: previewParams,
  body: previewBody,
  answer: previewAnswer,
  problems: ['not-found', 'not-possible'],
  handle: previewCampaign,
});
