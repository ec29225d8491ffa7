import { z } from 'zod';
import { answerItem, closeItem, type ItemOutcome, optOutItem } from '../../contacts/inbox/end-item.ts';
import { iso, line, reasonsOf, wordsToSend } from '../fields.ts';
import { Problem, unreadable, unusable } from '../problem.ts';
import type { Call } from '../route.ts';
import { ended, endOf, type itemParams, noSuchItem, textId } from './inbox.ts';

const LAST_READ =
  'Id of the last text that was read, of those that POST /inbox/{id}/read shows; absent: the one that opened the item.';
const readUntil = textId.optional().meta({
  description: `${LAST_READ} Refused where an alarm, or words that no rule answered, came after it.`,
});

export const answerBody = z.strictObject({
  text: wordsToSend.meta({
    description: 'The answer as it is to arrive. It may sell nothing.',
    examples: ['Fernway: your order left today. Reply STOP to end.'],
  }),
  read_until: readUntil,
});
export const endBody = z.strictObject({
  reason: line(3, 200).meta({ description: 'Kept, sealed; shown where the words are read.' }),
  read_until: readUntil,
});
export const optOutBody = endBody.extend({
  read_until: textId.optional().meta({
    description: `${LAST_READ} What the person confirmed after it is spared.`,
  }),
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
  const { text, read_until: readUntil = null } = body;
  const order = { item: params.id, actor: `key:${key.id}`, text, readUntil, digest };
  return told(params.id, await answerItem(desk, order));
}

/** Opts the person out of everything but what they confirmed since, as someone read their words. In force when it answers. */
export async function optOutOne({ desk, key, params, body }: Asked<typeof optOutBody>) {
  const { reason, wrong_number: wrongNumber = false, read_until: readUntil = null } = body;
  const order = { item: params.id, actor: `key:${key.id}`, reason, wrongNumber, readUntil };
  return told(params.id, await optOutItem(desk, order));
}

/** Ends an item that needs no answer. */
export async function closeOne({ desk, key, params, body }: Asked<typeof endBody>) {
  const { reason, read_until: readUntil = null } = body;
  const order = { item: params.id, actor: `key:${key.id}`, reason, readUntil };
  const answer = told(params.id, await closeItem(desk, order));
  const fields = { key: key.id, item: params.id, reasonLength: reason.length };
  if (!answer.repeated) desk.log.info(fields, 'an item was closed');
  return answer;
}

function told(item: string, outcome: ItemOutcome) {
  if (outcome.kind === 'ended') return { item, ...endOf(outcome.ended), repeated: outcome.repeated };
  throw problemOf(item, outcome);
}

const CLOSE = { next_step: 'Close it: POST /inbox/{id}/close.' };

const NOBODY = 'Nobody is known behind this item, so nothing can be sent to them.';

function problemOf(item: string, outcome: Exclude<ItemOutcome, { kind: 'ended' }>): Problem {
  switch (outcome.kind) {
    case 'unknown':
      return noSuchItem();
    case 'nobody':
      return new Problem('not-possible', NOBODY, CLOSE);
    case 'unreadable':
      return unreadable('Whoever is behind this item cannot be opened here.');
    case 'former':
      return new Problem(
        'not-possible',
        'The person who wrote this no longer has the number; this would reach its new holder.',
        CLOSE,
      );
    case 'not-of-item':
      return unusable('read_until', 'It is no text of this item: POST /inbox/{id}/read shows them.');
    case 'unread':
      return unread(item, outcome.spared);
    case 'confirmed-since':
      return new Problem(
        'conflict',
        'Nothing to opt out of: they confirmed every program they are in after that text.',
        {
          next_step:
            'Read what they wrote since, and name the last of it in read_until; or close it: POST /inbox/{id}/close.',
        },
      );
    case 'refused':
      return new Problem('refused', 'The answer was not sent, and the item stays open.', {
        reasons: reasonsOf(outcome.reasons),
        next_step: 'Close it, or reach the person by another way.',
      });
    case 'over':
      return overtaken(outcome);
    default:
      return outcome satisfies never;
  }
}

const UNREAD =
  'The person wrote again what no rule answered, or an alarm, and by what was named as read nobody has read that.';

/** `spared`: of an opt-out, which is in force all the same. */
function unread(item: string, spared: string[] | undefined): Problem {
  const rest = `POST /inbox/${item}/read, to its last page; then name the last text of it in read_until`;
  if (spared === undefined) {
    return new Problem('conflict', `${UNREAD} Nothing was changed.`, { next_step: `${rest}.` });
  }
  const done = `They are opted out of all but what they confirmed since (${spared.join(', ')}); the item stays open.`;
  return new Problem('conflict', `${UNREAD} ${done}`, {
    next_step: `${rest}: of POST /inbox/{id}/close, or of another opt-out where they ask for that.`,
  });
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
