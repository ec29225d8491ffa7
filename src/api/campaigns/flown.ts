import { z } from 'zod';
import { mostApproved } from '../../domain/campaigns/approval.ts';
import { BREAKER_RULES, tripSentence } from '../../domain/campaigns/breaker.ts';
import { type Split, splitFault } from '../../domain/campaigns/split.ts';
import type { CampaignDoc } from '../../store/campaigns/campaigns.ts';
import { iso, isoOrNull, plainSlug, slug, time } from '../fields.ts';
import { unusable } from '../problem.ts';

const percent = (least: number, most: number) => z.int().min(least).max(most);

/** An event's type, as POST /events takes it, or what is no event. */
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

/** Throws a `Problem` where it does not add up. */
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

const count = z.number();

/** What the answer of a campaign says of its flight. */
export const flownFields = {
  paused_by: z
    .strictObject({
      rule: z.enum(BREAKER_RULES),
      sentence: z.string(),
      hits: count,
      of: count,
      limit_percent: count,
      window_minutes: count,
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
      variants: z.array(z.strictObject({ id: z.string(), template: z.string(), share: count })),
      holdout: count,
      test: z.strictObject({ share: count, wait_minutes: count, by: z.string() }).nullable(),
      winner: z.strictObject({ variant: z.string(), at: time }).nullable(),
    })
    .nullable(),
  approval: z
    .strictObject({
      asked_by: z.string().nullable(),
      approved_by: z.string().nullable(),
      at: time.nullable(),
      people: count.nullable().meta({ description: 'Who could get it when it was approved.' }),
      most_planned: count.nullable().meta({
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
    acknowledged: acknowledged.map((one) => ({
      rule: one.trip.rule,
      at: iso(one.at),
      key: one.by,
      note: one.note,
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
