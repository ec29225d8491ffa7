import { z } from 'zod';
import { progressOf } from '../campaigns/progress.ts';
import { mostApproved } from '../domain/campaigns/approval.ts';
import { BREAKER_RULES, tripSentence } from '../domain/campaigns/auto-pause.ts';
import { type Split, splitFault } from '../domain/campaigns/experiment.ts';
import { type Repeat, timesAfter } from '../domain/campaigns/recurrence.ts';
import { LONGEST_SPREAD_MS, type Local, type ScheduleRequest } from '../domain/campaigns/schedule.ts';
import { MINUTE_MS } from '../domain/durations.ts';
import type { CampaignDoc } from '../store/campaigns/campaign-document.ts';
import { DELIVERY_STATES } from '../store/deliveries/delivery.ts';
import { ifTooLong, unusable } from './http/problems.ts';
import type { ApiRequest } from './http/route.ts';
import { iso, isoOrNull, line, plainSlug, slug, time } from './http/shapes.ts';

/** A campaign's id. With a dot and a time in UTC it is one run of a recurrence. */
export const CAMPAIGN_ID = /^[a-z0-9][a-z0-9-]{0,39}(\.\d{10})?$/;
export const campaignId = z
  .string()
  .regex(CAMPAIGN_ID, 'It is not the id of a campaign.')
  .refine((text) => !(text in {}), 'It is not the id of a campaign.')
  .meta({ examples: ['spring-sale', 'weekly.2612011500'] });

const moment = z.iso.datetime({ offset: true }).transform((text) => new Date(text));
const minutes = (most: number) => z.int().min(1).max(most);
const MOST_VALID_MINUTES = 7 * 1440;

const localFields = {
  date: z.iso.date().meta({ examples: ['2026-12-01'] }),
  time: z
    .string()
    .regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'It must be a time of day, "10:00".')
    .meta({ examples: ['10:00'] }),
  missed: z.enum(['send', 'skip']),
};

/** When a campaign is to be sent, in the fields of a request. */
export const whenFields = {
  at: moment.optional().meta({ description: 'Not before; else at once.' }),
  deadline: moment.optional().meta({ description: 'Nothing leaves after it.' }),
  local: z
    .strictObject({
      ...localFields,
      missed: localFields.missed.prefault('skip').meta({
        description:
          'What becomes of people whose time passed more than 15 minutes before their message is planned: they get it at once, or nothing. What is planned already leaves all the same, after a pause too.',
      }),
    })
    .optional()
    .meta({ description: "At this time of each person's own clock, instead of `at`." }),
  spread_minutes: minutes(LONGEST_SPREAD_MS / MINUTE_MS)
    .optional()
    .meta({ description: 'Spread evenly over so long, from the start or the local time on.' }),
  repeat: z
    .strictObject({
      cron: line(9, 100).meta({
        description: "Five fields on the clock of the program's zone, one minute of an hour at most.",
        examples: ['0 10 * * 1'],
      }),
      until: moment.optional().meta({ description: 'No run begins at or after it.' }),
      valid_minutes: minutes(MOST_VALID_MINUTES)
        .optional()
        .meta({ description: 'Nothing of a run leaves so long after its time.' }),
    })
    .optional()
    .meta({ description: 'Again and again, each time to whoever is in the segment then.' }),
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
export const whenAnswer = z
  .strictObject({
    local: z.strictObject(localFields).nullable(),
    spread_minutes: count,
    repeat: z
      .strictObject({
        cron: z.string(),
        zone: z.string(),
        until: time.nullable(),
        valid_minutes: count.nullable(),
        next: z.array(time).meta({ description: 'Its next times, at most five; none while it is paused.' }),
        runs: count,
        missed: count.meta({ description: 'Times at which nothing ran: nobody was up, or it was paused.' }),
        last_run: z.string().nullable().meta({ description: 'Id of the campaign of its last run.' }),
      })
      .nullable(),
    run_of: z.string().nullable().meta({ description: 'The repeated campaign that this is one run of.' }),
  })
  .meta({ description: 'How its messages are placed in time.' });

/** How many of the next times of a recurrence are shown. */
const SHOWN = 5;

export function whenOf({ when, repeat, runOf, state }: CampaignDoc, now: Date): z.input<typeof whenAnswer> {
  const local = when?.local ?? null;
  return {
    local: local && { date: local.date, time: timeOf(local.minutes), missed: local.missed },
    spread_minutes: (when?.spreadMs ?? 0) / MINUTE_MS,
    repeat: repeat === undefined ? null : repeatShown(repeat, state === 'scheduled', now),
    run_of: runOf ?? null,
  };
}

function repeatShown(repeat: NonNullable<CampaignDoc['repeat']>, going: boolean, now: Date) {
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

export const split = z.strictObject({
  variants: z
    .array(z.strictObject({ id: slug, template: slug, share: percent(1, 100) }))
    .min(1)
    .max(5)
    .meta({ description: 'Shares in percent of those who are not held out; they add up to 100.' }),
  holdout: percent(0, 50).default(0).meta({ description: 'Percent of everyone that gets nothing.' }),
  test: z
    .strictObject({
      share: percent(1, 99),
      wait_minutes: z.int().min(1).max(20_160),
      by: plainSlug.meta(GOAL),
    })
    .optional()
    .meta({ description: 'Tries the variants on a share first; the rest gets the one that did best.' }),
});

/** Throws a `Problem` when the split is inconsistent. */
export function readSplit({ variants, holdout, test }: z.output<typeof split>): Split {
  const read: Split = {
    variants,
    holdout,
    test: test === undefined ? null : { share: test.share, waitMinutes: test.wait_minutes, by: test.by },
  };
  const fault = splitFault(read);
  if (fault !== null) throw unusable(fault.field, fault.why);
  return read;
}

const flownCount = z.number();

/** The answer's fields about a campaign's delivery. */
export const flownFields = {
  paused_by: z
    .strictObject({
      rule: z.enum(BREAKER_RULES),
      sentence: z.string(),
      hits: flownCount,
      of: flownCount,
      limit_percent: flownCount,
      window_minutes: flownCount,
      since: time.nullable().meta({
        description: 'When a person resumed it within that window: only what left after that is counted.',
      }),
      at: time,
    })
    .nullable()
    .meta({ description: 'Why it paused by itself, until a person resumes it.' }),
  halted: z.strictObject({ sentence: z.string(), at: time }).nullable().meta({
    description:
      'Why it was paused because nothing of it could be planned or sent, until it goes on; or why its messages cannot be written anew, until they can; or, where it is not paused, why it has not begun or does not go on, and when that is tried again.',
  }),
  acknowledged: z.array(
    z.strictObject({ rule: z.enum(BREAKER_RULES), at: time, key: z.string(), note: z.string() }),
  ),
  edits: z.array(z.strictObject({ at: time, key: z.string(), what: z.array(z.string()), note: z.string() })),
  rewriting: z.boolean().meta({ description: 'Messages are being written anew after an edit.' }),
  split: z
    .strictObject({
      variants: z.array(z.strictObject({ id: z.string(), template: z.string(), share: flownCount })),
      holdout: flownCount,
      test: z.strictObject({ share: flownCount, wait_minutes: flownCount, by: z.string() }).nullable(),
      winner: z.strictObject({ variant: z.string(), at: time }).nullable(),
    })
    .nullable(),
  approval: z
    .strictObject({
      asked_by: z.string().nullable(),
      approved_by: z.string().nullable(),
      at: time.nullable(),
      people: flownCount.nullable().meta({ description: 'Who could get it when it was approved.' }),
      most_planned: flownCount.nullable().meta({
        description: 'It pauses once so many people have a message of it planned: those, and a tenth more.',
      }),
    })
    .nullable(),
  missed_of: z.string().nullable().meta({ description: 'It goes to those who did not get this one.' }),
};

export function flown(campaign: CampaignDoc) {
  const { trip, halted, acknowledged = [], edits = [], stale = false, asked, approval } = campaign;
  return {
    paused_by:
      trip == null
        ? null
        : {
            rule: trip.rule,
            sentence: tripSentence(trip),
            hits: trip.hits,
            of: trip.of,
            limit_percent: trip.most / 100,
            window_minutes: trip.windowMinutes,
            since: isoOrNull(trip.since),
            at: iso(trip.at),
          },
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
            people: approval?.people ?? null,
            most_planned: approval == null ? null : mostApproved(approval.people),
          },
    missed_of: campaign.missed?.of ?? null,
  };
}

function splitOf({ split: divided, winner }: CampaignDoc) {
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
export const stoppedNumbers = z.array(z.strictObject({ number: z.string(), why: z.string() })).meta({
  description:
    'Numbers from which nothing leaves until they are resumed, each with why and what to do before: of its program, and those that the program has no more, but for which messages of it wait.',
});
export const progressAnswer = z.strictObject({
  people: progressCount.meta({ description: 'Of whom it is decided so far.' }),
  plan_complete: z.boolean().meta({
    description: 'Everybody has their message planned; of a test, also who gets its winner.',
  }),
  messages: z.strictObject(
    Object.fromEntries(DELIVERY_STATES.map((state) => [state, progressCount])) as Record<
      (typeof DELIVERY_STATES)[number],
      typeof progressCount
    >,
  ),
  clicked: z
    .strictObject({ people: progressCount, bots: progressCount })
    .meta({ description: 'Messages whose link a person opened, and those whose link only machines did.' }),
  done_at: time.nullable().meta({
    description:
      'When the last of what is planned will have left, at the speed of the senders, or ends by the deadline, where that comes first. People who are not planned yet are not in it. Null also while some of it waits for a number that is stopped.',
  }),
  done_at_counts: z
    .strictObject({
      others: progressCount.meta({ description: 'Messages that go before it or take turns with it.' }),
      later: progressCount.meta({
        description: 'Own messages that wait for their time: quiet hours, or as set.',
      }),
    })
    .meta({ description: 'What done_at takes into account.' }),
  stopped: stoppedNumbers,
});
export async function progressShown(
  context: ApiRequest<object>['context'],
  campaign: CampaignDoc,
): Promise<z.input<typeof progressAnswer>> {
  const { people, planComplete, rows, clicked, doneAt, stopped, ...counts } = await progressOf(
    context,
    campaign,
  );
  return {
    people,
    plan_complete: planComplete,
    messages: rows,
    clicked,
    done_at: doneAt && iso(doneAt),
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
export const changedUncounted = ({ state }: CampaignDoc) =>
  ifTooLong(
    `It was done, and the state of the campaign is "${state}". Only counting its messages for this answer took too long.`,
    'Do not ask for the change again. GET /campaigns/{id} shows it when less is sent.',
  );
