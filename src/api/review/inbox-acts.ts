import { z } from 'zod';
import { answerItem, closeItem, type ItemOutcome, optOutItem } from '../../contacts/inbox/end-item.ts';
import { iso, line, reasonsOf, wordsToSend } from '../fields.ts';
import { Problem } from '../problem.ts';
import type { Call } from '../route.ts';
import { ended, endOf, type itemParams, noSuchItem } from './inbox.ts';

export const answerBody = z.strictObject({
  text: wordsToSend.meta({
    description: 'The answer as it is to arrive. It may sell nothing.',
    examples: ['Fernway: your order left today. Reply STOP to end.'],
  }),
});
export const endBody = z.strictObject({ reason: line(3, 200) });
export const optOutBody = endBody.extend({
  wrong_number: z
    .literal(true)
    .optional()
    .meta({ description: 'They say that they are not the person we mean.' }),
});
export const endAnswer = ended.extend({
  item: z.string(),
  repeated: z.boolean().meta({
    description: 'It was ended so before by this key: nothing was changed, and nothing sent again.',
  }),
});

type Asked<B extends z.ZodType> = Call<{ params: typeof itemParams; body: B }>;

/** Answers the person in words of staff: to their newest text, of the last 24 hours. */
export async function answerOne({ desk, key, params, body }: Asked<typeof answerBody>) {
  const digest = key.keyedHash(`inbox ${params.id} ${body.text}`).slice(0, 24);
  const order = { item: params.id, actor: `key:${key.id}`, text: body.text, digest };
  return told(params.id, await answerItem(desk, order));
}

/** Opts the person out of everything, as someone read their words. In force when it answers. */
export async function optOutOne({ desk, key, params, body }: Asked<typeof optOutBody>) {
  const { reason, wrong_number: wrongNumber = false } = body;
  const order = { item: params.id, actor: `key:${key.id}`, reason, wrongNumber };
  return told(params.id, await optOutItem(desk, order));
}

/** Ends an item that needs no answer. */
export async function closeOne({ desk, key, params, body }: Asked<typeof endBody>) {
  const answer = told(params.id, await closeItem(desk, { item: params.id, actor: `key:${key.id}` }));
  const fields = { key: key.id, item: params.id, reasonLength: body.reason.length };
  if (!answer.repeated) desk.log.info(fields, 'an item was closed');
  return answer;
}

function told(item: string, outcome: ItemOutcome) {
  if (outcome.kind === 'ended') return { item, ...endOf(outcome.ended), repeated: outcome.repeated };
  if (outcome.kind === 'unknown') throw noSuchItem();
  if (outcome.kind === 'nobody') {
    throw new Problem('not-possible', 'Nobody is known behind this item, so nothing can be sent to them.', {
      next_step: 'Close it: POST /inbox/{id}/close.',
    });
  }
  if (outcome.kind === 'refused') {
    throw new Problem('refused', 'The answer was not sent, and the item stays open.', {
      reasons: reasonsOf(outcome.reasons),
      next_step: 'Close it, or reach the person by another way.',
    });
  }
  throw overtaken(outcome);
}

function overtaken({ ended: end, by }: Extract<ItemOutcome, { kind: 'over' }>): Problem {
  if (end === null) {
    return new Problem('conflict', 'Something more urgent of the same person is open; it stands for both.', {
      next_step: by === null ? 'GET /inbox lists it.' : `See to the item ${by}.`,
    });
  }
  const word = { answer: 'answered', 'opt-out': 'ended in an opt-out', close: 'closed' }[end.how];
  return new Problem('conflict', `It was ${word} at ${iso(end.at)} by ${end.by}. Nothing was changed.`, {
    next_step: 'GET /deliveries shows what was sent to them.',
  });
}
