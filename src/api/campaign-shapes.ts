import { z } from 'zod';
import type { CampaignView, ChangedUncounted } from '../campaigns/campaigns.ts';
import { readActor } from '../domain/access/actor.ts';
import { mostApproved } from '../domain/campaigns/approval.ts';
import { BREAKER_RULES, tripSentence } from '../domain/campaigns/auto-pause.ts';
import type { Split } from '../domain/campaigns/experiment.ts';
import { CAMPAIGN_STATES } from '../domain/campaigns/lifecycle.ts';
import { type Repeat, timesAfter } from '../domain/campaigns/recurrence.ts';
import { LONGEST_SPREAD_MS, type Local, type ScheduleRequest } from '../domain/campaigns/schedule.ts';
import { momentWords } from '../domain/console-time.ts';
import { MINUTE_MS } from '../domain/durations.ts';
import { DELIVERY_STATES } from '../domain/sending/delivery-sentence.ts';
import { people } from './figures.ts';
import { ifTooLong, Problem } from './http/problems.ts';
import { iso, isoOrNull, line, plainSlug, shape, slug, time } from './http/shapes.ts';

/** A campaign's id. With a dot and a time in UTC it is one run of a recurrence. */
export const CAMPAIGN_ID = /^[a-z0-9][a-z0-9-]{0,39}(\.\d{10})?$/;
const NO_CAMPAIGN_ID = 'It must be the id of a campaign, as GET /campaigns lists it.';
export const campaignId = z
  .string()
  .regex(CAMPAIGN_ID, NO_CAMPAIGN_ID)
  .refine((text) => !(text in {}), NO_CAMPAIGN_ID)
  .meta({
    description: 'Id of the campaign; with a dot and a time in UTC that of one run of a recurrence.',
    examples: ['spring-sale', 'weekly.2612011500'],
  });
export const campaignState = z.enum(CAMPAIGN_STATES).meta({ id: 'CampaignState' });
const breakerRule = z.enum(BREAKER_RULES).meta({ id: 'BreakerRule' });

const moment = z.iso.datetime({ offset: true }).transform((text) => new Date(text));
const minutes = (most: number) => z.int().min(1).max(most);
const MOST_VALID_MINUTES = 7 * 1440;

const localFields = {
  date: z.iso.date().meta({ description: 'The day of sending.', examples: ['2026-12-01'] }),
  time: z
    .string()
    .regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'It must be a time of day, such as "10:00".')
    .meta({ description: 'The time of day, hours and minutes.', examples: ['10:00'] }),
  missed: z.enum(['send', 'skip']).meta({ id: 'WhenMissed' }),
};

/** When a campaign is to be sent, in the fields of a request. */
export const whenFields = {
  at: moment.optional().meta({ description: 'The earliest time of sending. At once when left out.' }),
  deadline: moment.optional().meta({ description: 'Nothing is sent after this time.' }),
  local: shape('LocalTimeRequest', {
    ...localFields,
    missed: localFields.missed.prefault('skip').meta({
      description:
        'What happens when the local time of a person passed more than 15 minutes before their message is planned: `send` sends it at once, `skip` sends nothing. Messages that are already planned are sent in any case, after a pause too.',
    }),
  })
    .optional()
    .meta({ description: 'Sends at this local time of each person, instead of `at`.' }),
  spread_minutes: minutes(LONGEST_SPREAD_MS / MINUTE_MS)
    .optional()
    .meta({
      description: 'Spreads the messages evenly over so many minutes, from the start or the local time on.',
    }),
  repeat: shape('RecurrenceRequest', {
    cron: line(9, 100).meta({
      description:
        'A cron line of five fields in the time zone of the program, with at most one minute of an hour.',
      examples: ['0 10 * * 1'],
    }),
    until: moment.optional().meta({ description: 'No run begins at or after this time.' }),
    valid_minutes: minutes(MOST_VALID_MINUTES)
      .optional()
      .meta({ description: 'No message of a run is sent later than so many minutes after its time.' }),
  })
    .optional()
    .meta({ description: 'Repeats the campaign, each time to the people who are in the segment then.' }),
};

type WhenBody = { [F in keyof typeof whenFields]?: z.output<(typeof whenFields)[F]> };

export function orderOf(body: WhenBody): ScheduleRequest {
  const { at = null, deadline = null, local, spread_minutes = 0, repeat } = body;
  return {
    at,
    deadline,
    local: local === undefined ? null : localOf(local),
    spreadMs: spread_minutes * MINUTE_MS,
    repeat: repeat === undefined ? null : repeatOf(repeat),
  };
}

const minutesOf = (text: string): number => Number(text.slice(0, 2)) * 60 + Number(text.slice(3));

const localOf = ({ date, time: at, missed }: NonNullable<WhenBody['local']>): Local => ({
  date,
  minutes: minutesOf(at),
  missed,
});

function repeatOf(body: NonNullable<WhenBody['repeat']>): Repeat {
  const { cron, until = null, valid_minutes } = body;
  return { cron, until, validMs: valid_minutes === undefined ? null : valid_minutes * MINUTE_MS };
}

const count = z.number();
const recurrence = shape('Recurrence', {
  cron: z.string(),
  zone: z.string(),
  until: time.nullable(),
  valid_minutes: count.nullable(),
  next: z
    .array(time)
    .meta({ description: 'The next times, at most five. None while the campaign is paused.' }),
  runs: count.meta({ description: 'How many runs there were.' }),
  missed: count.meta({
    description: 'How many times nothing ran, because no worker was running or the campaign was paused.',
  }),
  last_run: z.string().nullable().meta({ description: 'The id of the campaign of the last run.' }),
});
export const whenAnswer = shape('CampaignSchedule', {
  local: shape('LocalTime', localFields).nullable(),
  spread_minutes: count,
  repeat: recurrence.nullable(),
  run_of: z.string().nullable().meta({ description: 'The recurrence that this campaign is a run of.' }),
}).meta({ description: 'When the messages of the campaign are sent.' });

/** How many of the next times of a recurrence are shown. */
const SHOWN = 5;

export function whenOf({ when, repeat, runOf, state }: CampaignView, now: Date): z.input<typeof whenAnswer> {
  const local = when?.local ?? null;
  return {
    local: local && { date: local.date, time: timeOf(local.minutes), missed: local.missed },
    spread_minutes: (when?.spreadMs ?? 0) / MINUTE_MS,
    repeat: repeat === undefined ? null : repeatShown(repeat, state === 'scheduled', now),
    run_of: runOf ?? null,
  };
}

function repeatShown(repeat: NonNullable<CampaignView['repeat']>, going: boolean, now: Date) {
  const { cron, zone, until, validMs, nextAt, runs, missed, lastRun } = repeat;
  const from = new Date(Math.min(now.getTime(), (nextAt ?? now).getTime() - 1));
  return {
    cron,
    zone,
    runs,
    missed,
    until: isoOrNull(until),
    valid_minutes: validMs === null ? null : validMs / MINUTE_MS,
    next: going && nextAt !== null ? timesAfter(repeat, zone, from, SHOWN).map(iso) : [],
    last_run: lastRun,
  };
}

const timeOf = (minutesOfDay: number): string =>
  `${String(Math.floor(minutesOfDay / 60)).padStart(2, '0')}:${String(minutesOfDay % 60).padStart(2, '0')}`;

const percent = (least: number, most: number) => z.int().min(least).max(most);

/** An event type, as POST /events takes it, or a goal that is no event. */
const GOAL = {
  description:
    'The type of an event ("purchase"), or "click" (on a short link of the campaign), or "reply", or "opt-out".',
};
export const goal = slug.meta(GOAL);

const variant = shape('CampaignVariant', {
  id: slug.meta({ description: 'Id of the variant, unique in the campaign.' }),
  template: slug.meta({ description: 'Id of the template of this variant.' }),
  share: percent(1, 100).meta({ description: 'Its share in percent of the people outside the holdout.' }),
});
const variantTest = shape('CampaignTest', {
  share: percent(1, 99).meta({ description: 'The share in percent of the people who get the test.' }),
  wait_minutes: z
    .int()
    .min(1)
    .max(20_160)
    .meta({ description: 'After how many minutes the winner is chosen.' }),
  by: plainSlug.meta(GOAL),
});

export const split = shape('CampaignSplitRequest', {
  variants: z
    .array(variant)
    .min(1)
    .max(5)
    .meta({ description: 'Shares in percent of the people outside the holdout. They add up to 100.' }),
  holdout: percent(0, 50)
    .default(0)
    .meta({ description: 'The share in percent of all people who get nothing.' }),
  test: variantTest.nullable().optional().meta({
    description:
      'Tests the variants on a share of the people first. The others get the variant that did best. Null: no test.',
  }),
  winner: z.unknown().optional().meta({ readOnly: true, description: 'Shown by GET; PUT ignores it.' }),
});

export const splitOrder = ({ variants, holdout, test }: z.output<typeof split>): Split => ({
  variants,
  holdout,
  test: test == null ? null : { share: test.share, waitMinutes: test.wait_minutes, by: test.by },
});

const flownCount = z.number();

const pausedByRule = shape('PauseByRule', {
  by: z.literal('rule'),
  rule: breakerRule,
  sentence: z.string(),
  hits: flownCount,
  of: flownCount,
  limit_percent: flownCount,
  window_minutes: flownCount,
  since: time.nullable().meta({
    description:
      'When a person resumed the campaign within that window. Only messages sent after that are counted.',
  }),
  at: time,
});
export const pausedByStaff = shape('PauseByStaff', {
  by: z.literal('staff'),
  key: z.string().meta({
    description: 'Id of the API key that paused it, or `staff:` and the sign-in name at the console.',
  }),
  name: z.string().nullable().meta({ description: 'Name of that key or of that member of staff.' }),
  sentence: z.string(),
  at: time,
});

/** The answer's fields about a campaign's delivery. */
export const flownFields = {
  paused_by: z
    .discriminatedUnion('by', [pausedByRule, pausedByStaff])
    .meta({ id: 'CampaignPause' })
    .nullable()
    .meta({
      description:
        'Who paused the campaign, staff with their key or a rule of the automatic pause, and when. Null once a person resumed it, and for a campaign that `halted` says why it stopped.',
    }),
  halted: shape('CampaignHalt', { sentence: z.string(), at: time }).nullable().meta({
    description:
      'For a paused campaign: why none of its messages could be planned or sent, or why they cannot be written anew. For a campaign that is not paused: why it has not begun or does not go on, and when that is tried again.',
  }),
  acknowledged: z.array(
    shape('AcknowledgedPause', { rule: breakerRule, at: time, key: z.string(), note: z.string() }),
  ),
  edits: z.array(
    shape('CampaignEdit', { at: time, key: z.string(), what: z.array(z.string()), note: z.string() }),
  ),
  rewriting: z.boolean().meta({ description: 'Whether messages are being written anew after an edit.' }),
  split: shape('CampaignSplit', {
    variants: z.array(variant),
    holdout: flownCount.meta({ description: 'The share in percent of all people who get nothing.' }),
    test: variantTest.nullable(),
    winner: shape('TestWinner', { variant: z.string(), at: time }).nullable(),
  }).nullable(),
  approval: shape('CampaignApproval', {
    asked_by: z.string().nullable(),
    approved_by: z.string().nullable(),
    at: time.nullable(),
    can_get: people(
      'How many people could get the campaign when it was approved: those for whom a message would be planned. Caps, quiet hours and the deadline may keep some of these messages back.',
    ).nullable(),
    most_planned: flownCount.nullable().meta({
      description:
        'The campaign pauses once so many people have a planned message of it: a tenth more than `can_get`, or than its upper bound.',
    }),
  }).nullable(),
  missed_of: z
    .string()
    .nullable()
    .meta({ description: 'The campaign whose missed recipients this campaign is for.' }),
};

export function flown(campaign: CampaignView) {
  const { halted, acknowledged = [], edits = [], stale = false, asked, approval } = campaign;
  return {
    paused_by: pausedByOf(campaign),
    halted: halted == null ? null : { sentence: halted.why, at: iso(halted.at) },
    acknowledged: acknowledged.map((pauseAcknowledged) => ({
      rule: pauseAcknowledged.trip.rule,
      at: iso(pauseAcknowledged.at),
      key: pauseAcknowledged.by,
      note: pauseAcknowledged.note,
    })),
    edits: edits.map(({ at, by, what, note }) => ({ at: iso(at), key: by, what, note })),
    rewriting: stale,
    split: splitOf(campaign),
    approval:
      asked === undefined && approval == null
        ? null
        : {
            asked_by: asked?.by ?? null,
            approved_by: approval?.by ?? null,
            at: isoOrNull(approval?.at),
            can_get: approval == null ? null : canGet(approval),
            most_planned: approval == null ? null : mostApproved(approval),
          },
    missed_of: campaign.missed?.of ?? null,
  };
}

function pausedByOf({ trip, pausedBy }: CampaignView): z.input<typeof flownFields.paused_by> {
  if (trip != null) {
    return {
      by: 'rule',
      rule: trip.rule,
      sentence: tripSentence(trip),
      hits: trip.hits,
      of: trip.of,
      limit_percent: trip.most / 100,
      window_minutes: trip.windowMinutes,
      since: isoOrNull(trip.since),
      at: iso(trip.at),
    };
  }
  if (pausedBy === null) return null;
  const { by: key, name, at } = pausedBy;
  return shownStaffPause({ key, name, at });
}

/** A pause by staff, for campaigns and journeys alike. */
export function shownStaffPause({
  key,
  name,
  at,
}: {
  key: string;
  name: string | null;
  at: Date;
}): z.input<typeof pausedByStaff> {
  const actor = readActor(key);
  if (actor.kind === 'staff') {
    const sentence = `Paused by ${actor.id} at ${momentWords(at)}.`;
    return { by: 'staff', key, name: actor.id, sentence, at: iso(at) };
  }
  const who = name === null ? `the key ${key}` : `“${name}” (key ${key})`;
  return { by: 'staff', key, name, sentence: `Paused by ${who} at ${momentWords(at)}.`, at: iso(at) };
}

const canGet = ({ people: number, between }: NonNullable<CampaignView['approval']>) =>
  between === undefined ? { people: number } : { estimated_people: number, between };

function splitOf({ split: divided, winner }: CampaignView) {
  if (divided === undefined) return null;
  const { variants, holdout, test } = divided;
  return {
    variants,
    holdout,
    test: test === null ? null : { share: test.share, wait_minutes: test.waitMinutes, by: test.by },
    winner: winner === undefined ? null : { variant: winner.variant, at: iso(winner.at) },
  };
}

const progressCount = z.number();
export const stoppedNumbers = z.array(shape('StoppedNumber', { number: z.string(), why: z.string() })).meta({
  description:
    'Stopped numbers, each with the reason and what to do before it is resumed: numbers of the program, and former ones for which messages of the campaign still wait.',
});
export const progressAnswer = shape('CampaignProgress', {
  people: progressCount.meta({ description: 'How many people the planner has decided about so far.' }),
  plan_complete: z.boolean().meta({
    description: 'Whether every recipient has a message, including those who get the winner of a test.',
  }),
  messages: shape(
    'MessagesByState',
    Object.fromEntries(DELIVERY_STATES.map((state) => [state, progressCount])) as Record<
      (typeof DELIVERY_STATES)[number],
      typeof progressCount
    >,
  ),
  clicked: shape('CampaignClicks', { people: progressCount, bots: progressCount }).meta({
    description: 'Messages whose link a person opened, and messages whose link only bots opened.',
  }),
  done_at: time.nullable().meta({
    description:
      'When the last planned message will be sent at the speed of the senders, or the deadline when that is earlier. People who are not planned yet are not included. Null also while messages wait for a stopped number.',
  }),
  done_at_counts: shape('MessagesAhead', {
    others: progressCount.meta({
      description: 'Messages of others that are sent before these or in turns with them.',
    }),
    later: progressCount.meta({
      description:
        'Messages of the campaign that wait for their time, because of quiet hours or its schedule.',
    }),
  }).meta({ description: 'What `done_at` takes into account.' }),
  stopped: stoppedNumbers,
});

export function progressShown(progress: CampaignView['progress']): z.input<typeof progressAnswer> {
  const { people, planComplete, rows, clicked, doneAt, stopped, ...counts } = progress;
  return {
    people,
    plan_complete: planComplete,
    messages: rows,
    clicked,
    done_at: isoOrNull(doneAt),
    done_at_counts: counts,
    stopped,
  };
}

export const pageUncounted = ifTooLong(
  'Counting the messages of a campaign of this page took too long.',
  'Ask again when less is sent, or for fewer: "limit", "state" or "run_of".',
);

export const uncounted = ifTooLong(
  'Counting the messages of this campaign took too long.',
  'Ask again when less is sent.',
);

/**
 * The answer after a change, without new counts. The change was made: an error while counting would make the client
 * repeat it, and the repetition would be refused.
 */
export const changedUncounted = ({ state }: ChangedUncounted): Problem =>
  new Problem(
    'unavailable',
    `The change was done, and the state of the campaign is "${state}". Only counting its messages for this answer took too long.`,
    {
      next_step: 'Do not ask for the change again. GET /campaigns/{id} shows it when less is sent.',
    },
  );
