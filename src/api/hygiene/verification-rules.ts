import { z } from 'zod';
import { utcDay } from '../../domain/durations.ts';
import { LEAST_DAYS_TO_NEW_HOLDER } from '../../domain/hygiene/holder.ts';
import {
  DOORS,
  type Door,
  REFUSED_LINES,
  USUAL_VERIFICATION,
  type VerificationRules,
} from '../../domain/hygiene/verifying.ts';
import {
  readBudget,
  readVerificationRules,
  writeVerificationRules,
} from '../../store/people/verification-rules.ts';
import type { Call } from '../route.ts';

const door = z.enum(['lookup', 'plan']);

const rules = {
  doors: z
    .strictObject(Object.fromEntries(DOORS.map((one) => [one, door])) as Record<Door, typeof door>)
    .meta({
      description: '`lookup` asks the carrier about each new number; `plan` looks at the number alone.',
    }),
  accepted: z
    .array(z.enum(REFUSED_LINES))
    .max(REFUSED_LINES.length)
    .meta({ description: 'Lines that are taken on although they usually get no texts.' }),
  cache_days: z.int().min(1).max(366).meta({ description: 'Days for which an answer is good.' }),
  daily_budget: z
    .int()
    .min(0)
    .max(10_000_000)
    .meta({ description: 'Questions to Lookup in one day of UTC, of everything together.' }),
  reassigned_after_days: z
    .int()
    .min(LEAST_DAYS_TO_NEW_HOLDER)
    .max(366)
    .default(USUAL_VERIFICATION.reassignedAfterDays)
    .meta({
      description:
        'Days without a proof of who holds a number after which the carrier is asked for a new holder.',
    }),
};
export const verificationRulesBody = z.strictObject(rules);
export const verificationRulesAnswer = z.strictObject({
  ...rules,
  lookup: z.enum(['on', 'off']).meta({ description: 'Off: TWILIO_LOOKUP_BASE is empty.' }),
  asked_today: z.int().min(0),
});

export async function showVerificationRules({ desk }: Call<object>) {
  return shown(desk, await readVerificationRules(desk.store));
}

/** Counts from the next question on, a run under way included. */
export async function putVerificationRules({
  desk,
  key,
  body,
}: Call<{ body: typeof verificationRulesBody }>) {
  const { doors, cache_days: cacheDays, daily_budget: dailyBudget } = body;
  const written: VerificationRules = {
    doors,
    accepted: [...new Set(body.accepted)],
    cacheDays,
    dailyBudget,
    reassignedAfterDays: body.reassigned_after_days,
  };
  await writeVerificationRules(desk.store, written, desk.now());
  desk.log.info({ key: key.id, dailyBudget, cacheDays }, 'the rules of verification were saved');
  return shown(desk, written);
}

type Shown = z.input<typeof verificationRulesAnswer>;

async function shown({ store, lookup, now }: Call<object>['desk'], one: VerificationRules): Promise<Shown> {
  const budget = await readBudget(store);
  const today = utcDay(now());
  return {
    doors: one.doors,
    accepted: one.accepted,
    cache_days: one.cacheDays,
    daily_budget: one.dailyBudget,
    reassigned_after_days: one.reassignedAfterDays,
    lookup: lookup === null ? 'off' : 'on',
    asked_today: budget?.day === today ? budget.used : 0,
  };
}
