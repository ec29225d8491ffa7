import { z } from 'zod';
import { progressOf } from '../../campaigns/progress.ts';
import type { CampaignDoc } from '../../store/campaigns/campaigns.ts';
import { DELIVERY_STATES } from '../../store/deliveries/deliveries.ts';
import { iso, time } from '../fields.ts';
import type { Call } from '../route.ts';

const count = z.number();
export const stoppedNumbers = z.array(z.strictObject({ number: z.string(), why: z.string() })).meta({
  description:
    'Numbers from which nothing leaves until they are resumed, each with why and what to do before: of its program, and those that the program has no more, but for which messages of it wait.',
});
export const progressAnswer = z.strictObject({
  people: count.meta({ description: 'Of whom it is decided so far.' }),
  plan_complete: z.boolean().meta({
    description: 'Everybody has their message planned; of a test, also who gets its winner.',
  }),
  messages: z.strictObject(
    Object.fromEntries(DELIVERY_STATES.map((state) => [state, count])) as Record<
      (typeof DELIVERY_STATES)[number],
      typeof count
    >,
  ),
  clicked: z
    .strictObject({ people: count, bots: count })
    .meta({ description: 'Messages whose link a person opened, and those whose link only machines did.' }),
  done_at: time.nullable().meta({
    description:
      'When the last of what is planned will have left, at the speed of the senders, or ends by the deadline, where that comes first. People who are not planned yet are not in it. Null also while some of it waits for a number that is stopped.',
  }),
  done_at_counts: z
    .strictObject({
      others: count.meta({ description: 'Messages that go before it or take turns with it.' }),
      later: count.meta({ description: 'Own messages that wait for their time: quiet hours, or as set.' }),
    })
    .meta({ description: 'What done_at takes into account.' }),
  stopped: stoppedNumbers,
});
export async function progressShown(
  desk: Call<object>['desk'],
  campaign: CampaignDoc,
): Promise<z.input<typeof progressAnswer>> {
  const { people, planComplete, rows, clicked, doneAt, stopped, ...counts } = await progressOf(
    desk,
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
