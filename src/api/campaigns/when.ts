import { z } from 'zod';
import { type Repeat, timesAfter } from '../../domain/campaigns/repeat.ts';
import { LONGEST_SPREAD_MS, type Local, type Order } from '../../domain/campaigns/when.ts';
import { MINUTE_MS } from '../../domain/durations.ts';
import type { CampaignDoc } from '../../store/campaigns/campaigns.ts';
import { iso, isoOrNull, line, time } from '../fields.ts';

/** A campaign's id; with a dot and the time in UTC, that of one run of a repeated one. */
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

/** When a campaign is to be sent, as a request says it. */
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

export function orderOf(body: WhenBody): Order {
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

/** Next times of a recurrence that are shown. */
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
