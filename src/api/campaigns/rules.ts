import { z } from 'zod';
import { BREAKER_RULES, type BreakerRule, type Limit } from '../../domain/campaigns/breaker.ts';
import { type CampaignRules, readCampaignRules, writeCampaignRules } from '../../store/campaigns/rules.ts';
import type { Call } from '../route.ts';

const limit = z.strictObject({
  over_percent: z
    .number()
    .min(0)
    .max(100)
    .multipleOf(0.01)
    .meta({ description: 'Pauses above this share of the messages that left in the window.' }),
  least_messages: z.int().min(1).max(1_000_000),
  least_hits: z.int().min(1).max(1_000_000),
  window_minutes: z.int().min(1).max(1440),
});

export const rulesBody = z.strictObject({
  approval_over: z
    .int()
    .min(0)
    .nullable()
    .meta({ description: 'A campaign over more people needs a second person; null: none does.' }),
  breaker: z.strictObject(
    Object.fromEntries(BREAKER_RULES.map((rule) => [rule, limit])) as Record<BreakerRule, typeof limit>,
  ),
});
export const rulesAnswer = rulesBody;

export async function showRules({ desk }: Call<object>) {
  return shown(await readCampaignRules(desk.store));
}

/** Counts from the next look at each campaign that flies. */
export async function putRules({ desk, key, body }: Call<{ body: typeof rulesBody }>) {
  const breaker = Object.fromEntries(
    BREAKER_RULES.map((rule): [BreakerRule, Limit] => {
      const { over_percent, least_messages, least_hits, window_minutes } = body.breaker[rule];
      const most = Math.round(over_percent * 100);
      return [rule, { most, least: least_messages, leastHits: least_hits, windowMinutes: window_minutes }];
    }),
  ) as Record<BreakerRule, Limit>;
  const rules: CampaignRules = { approvalOver: body.approval_over, breaker };
  await writeCampaignRules(desk.store, rules, desk.now());
  desk.log.info({ key: key.id }, 'the rules of campaigns were saved');
  return shown(rules);
}

function shown({ approvalOver, breaker }: CampaignRules) {
  return {
    approval_over: approvalOver,
    breaker: Object.fromEntries(
      BREAKER_RULES.map((rule) => {
        const { most, least, leastHits, windowMinutes } = breaker[rule];
        const over_percent = most / 100;
        return [
          rule,
          { over_percent, least_messages: least, least_hits: leastHits, window_minutes: windowMinutes },
        ];
      }),
    ) as z.output<typeof rulesBody>['breaker'],
  };
}
