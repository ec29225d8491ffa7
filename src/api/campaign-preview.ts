import { z } from 'zod';
import { previewCampaign as previewOf } from '../campaigns/campaign-preview.ts';
import { PREVIEW_REFUSALS, type PreviewRefusal, sumUp } from '../domain/campaigns/forecast.ts';
import { scaledUp } from '../domain/statistics.ts';
import { campaignId, orderOf, stoppedNumbers } from './campaign-shapes.ts';
import { orMissing, refuseCampaign, startBody } from './campaigns.ts';
import {
  between,
  costToCome,
  parts,
  people,
  peopleWith,
  shownCost,
  shownParts,
  shownPeople,
} from './figures.ts';
import { Problem } from './http/problems.ts';
import { type ApiRequest, actorOf, defineRoute } from './http/route.ts';
import { iso, isoOrNull, shape, time } from './http/shapes.ts';

const count = z.number();

const refusalCode = z
  .enum(Object.keys(PREVIEW_REFUSALS) as [PreviewRefusal, ...PreviewRefusal[]])
  .meta({ id: 'PreviewRefusalCode' });

const previewParams = z.strictObject({ id: campaignId });
const previewBody = startBody;
const byHour = peopleWith('PeopleByHour', { hour: z.string() });

const previewAnswer = shape('CampaignPreview', {
  start_refused: z.string().nullable().meta({
    description:
      'Why a start of the draft with the same body would be refused now, or that its people could not be counted in time to know. Null: nothing prevents a start, or the campaign was started.',
  }),
  start_waits: z.string().nullable().meta({
    description:
      'What the campaign will have to wait for at its time: its segment asks who got another campaign, which will not have been sent by then. Null: nothing, or its start is refused for this reason.',
  }),
  stopped: stoppedNumbers,
  when: shape('CampaignForecast', {
    people: people('How many people are in the segment, or missed the original of a resend.'),
    judged: count.meta({
      description:
        'How many people were checked one by one: all, or a fair sample, from which all figures are estimated.',
    }),
    going: people(
      'How many people get it, as far as is known now. The other figures say what becomes of the rest.',
    ),
    parts: parts('The parts of the messages to the `going` people.'),
    cost: costToCome,
    currency: z.string().nullable(),
    refused: people(
      'How many people may not get it, have no text, or get it on another number or by another campaign.',
    ),
    refused_by: z
      .array(peopleWith('PeopleByRefusal', { code: refusalCode, sentence: z.string() }))
      .meta({ description: 'The `refused` people. Each is counted once, under the first reason.' }),
    had_turn: people(
      'How many people get nothing more of it, because their message was sent or ended, or they came too late.',
    ),
    no_sender: people('How many people get nothing because no number of the program may text them.'),
    holdout: people('How many people are in the holdout of the split.'),
    after_test: people(
      'How many people wait for the winner of the test. They are counted with the first variant.',
    ),
    over_cap: shape('PeopleOverCap', {
      skipped: people('They get nothing: `capped` of the campaign is `skip`, or the deadline comes first.'),
      delayed: people('They are among the `going`, at the later time.'),
    }).meta({
      description:
        'People whom a frequency cap keeps back when their message is due, by what they have got so far. Other messages until then are not known.',
    }),
    daily_cap: peopleWith('PeopleOfCarrier', { carrier: z.string(), parts_a_day: count }).nullable().meta({
      description:
        'How many parts a carrier accepts in a day from the brand of the numbers in use, over everything that is sent, and how many of the `going` people are known to be with that carrier. Messages over it wait for the next day. No time in this answer takes that into account.',
    }),
    start: time,
    first_at: time.nullable(),
    last_at: time.nullable().meta({
      description:
        'When the last message is sent if nothing else is sent. Null also when messages wait for a stopped number.',
    }),
    by_hour: z.array(byHour).meta({ description: 'The `going` people by the hour of their message.' }),
    by_local_hour: z.array(byHour).meta({ description: 'The same by the local time of each person.' }),
    held: z.array(peopleWith('CampaignPeopleHeld', { until: time, by: z.string() })).meta({
      description:
        'How many of the `going` people wait for the end of quiet hours, until when, and by which rule.',
    }),
    zones: z
      .array(peopleWith('CampaignPeopleByZone', { zone: z.string() }))
      .meta({ description: 'The `going` people by time zone.' }),
    weak_zones: shape('PeopleOfWeakZones', {
      area_code_only: people('Known by the area code alone.'),
      several: people('In one of several zones. The latest of the times counts.'),
      unknown: people("Without a known zone. At a local time the program's zone is used."),
    }).meta({ description: 'How many of the `going` people may be in another zone.' }),
    local_time_passed: shape('PeoplePastLocalTime', {
      skipped: people('They get nothing.'),
      at_once: people('They are among the `going`.'),
    }),
    past_deadline: people('How many people get nothing because the deadline comes first.'),
    no_hour: people(
      'How many people get nothing because they have no permitted hour in the next eight days in every place where they may be.',
    ),
    at_stopped_number: people(
      'How many people get nothing until a person resumes the number that their message waits for.',
    ),
    rate: z
      .union([
        shape('CountedSendingRate', { segments_per_second: count, lasts_seconds: count.nullable() }),
        shape('EstimatedSendingRate', {
          segments_per_second: count,
          estimated_lasts_seconds: count,
          between,
        }),
      ])
      .meta({ id: 'SendingRate' })
      .meta({
        description: 'The speed of the working senders in use, and how long all messages take at that speed.',
      }),
  }),
});

type PreviewCall = ApiRequest<{ params: typeof previewParams; body: typeof previewBody }>;

async function previewCampaign({ context, key, params, body }: PreviewCall) {
  const start = { ...orderOf(body), everyone: body.everyone === true };
  const asked = { actor: actorOf(key), id: params.id, start, saysHow: Object.keys(body).length > 0 };
  const seen = orMissing(await previewOf(context, asked).catch(refuseCampaign));
  if (seen.kind === 'took-long') throw seen.isResend ? TOO_MANY_MISSED : TOO_LONG;
  const { startRefused, startWaits, timing } = seen;
  return {
    start_refused: startRefused,
    start_waits: startWaits,
    stopped: timing.stopped,
    when: shown(seen),
  };
}

type Seen = Extract<NonNullable<Awaited<ReturnType<typeof previewOf>>>, { kind: 'previewed' }>;

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

function shown({ timing, cost, table }: Seen): z.input<typeof previewAnswer>['when'] {
  const sum = sumUp(timing.placed);
  const scaled = (hits: number) => shownPeople(scaledUp(hits, timing.basis));
  const hours = (counts: Map<string, number>) => [...counts].map(([hour, n]) => ({ hour, ...scaled(n) }));
  return {
    people: shownPeople(timing.people),
    judged: timing.judged,
    going: scaled(sum.going),
    parts: shownParts(cost.parts),
    cost: cost.cost && shownCost(cost.cost),
    currency: table?.currency ?? null,
    refused: scaled([...timing.refused.values()].reduce((total, count) => total + count, 0)),
    refused_by: [...timing.refused]
      .sort(([, a], [, b]) => b - a)
      .map(([code, hits]) => ({ code, sentence: PREVIEW_REFUSALS[code], ...scaled(hits) })),
    had_turn: scaled(timing.hadTurn),
    no_sender: scaled(timing.noSender),
    holdout: scaled(timing.holdout),
    after_test: scaled(timing.afterTest),
    over_cap: { skipped: scaled(sum.cappedOut), delayed: scaled(sum.cappedLater) },
    daily_cap: dailyCapOf(timing),
    start: iso(timing.start),
    first_at: isoOrNull(sum.first),
    last_at: isoOrNull(timing.end),
    by_hour: hours(sum.byHour),
    by_local_hour: hours(sum.byLocalHour),
    held: sum.held.map(({ until, by, people: n }) => ({ until: iso(until), by, ...scaled(n) })),
    zones: [...sum.zones].map(([zone, n]) => ({ zone, ...scaled(n) })),
    weak_zones: {
      area_code_only: scaled(sum.weak.areaCode),
      several: scaled(sum.weak.several),
      unknown: scaled(sum.weak.unknown),
    },
    local_time_passed: { skipped: scaled(sum.skipped), at_once: scaled(sum.atOnce) },
    past_deadline: scaled(sum.expired),
    no_hour: scaled(sum.nowhere),
    at_stopped_number: scaled(sum.stopped),
    rate: rateOf(timing),
  };
}

const dailyCapOf = ({ dailyCap: cap, basis }: Seen['timing']) =>
  cap && {
    carrier: cap.carrier,
    parts_a_day: cap.partsADay,
    ...shownPeople(scaledUp(cap.people, basis)),
  };

function rateOf({ perSecond, lastsMs, lastsBetween, basis: { sample, all } }: Seen['timing']) {
  const seconds = (ms: number): number => Math.round(ms / 1000);
  const rate = { segments_per_second: perSecond };
  if (lastsMs === null || lastsBetween === null) return { ...rate, lasts_seconds: null };
  if (sample >= all) return { ...rate, lasts_seconds: seconds(lastsMs) };
  const between: [number, number] = [seconds(lastsBetween[0]), seconds(lastsBetween[1])];
  return { ...rate, estimated_lasts_seconds: seconds(lastsMs), between };
}

export const PREVIEW_ROUTE = defineRoute({
  method: 'post',
  path: '/campaigns/{id}/preview',
  id: 'previewCampaign',
  returns: 'Whether a start would be refused, and when how many people would get the campaign.',
  scope: 'programs:read',
  summary:
    'Show when people would get a campaign, by their local time, and what they would wait for. Nothing is sent.',
  params: previewParams,
  body: previewBody,
  answer: previewAnswer,
  problems: ['not-found', 'not-possible'],
  handle: previewCampaign,
});
