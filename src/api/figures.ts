import { z } from 'zod';
import type { EstimatedCost } from '../domain/campaigns/cost.ts';
import { written } from '../domain/campaigns/cost.ts';
import type { HowMany, Total } from '../domain/statistics.ts';

const RANGE =
  'The range in which the number lies 95 times in a hundred: the score interval of Wilson, "Probable inference", JASA 22 (1927). Where sums are estimated, the ranges of all summands added up.';

export const between = z.array(z.number()).length(2).meta({ description: RANGE });

/**
 * The shape of an answer that has a number of people and the fields of `rest`. The number is called `people` where
 * everybody was counted, and `estimated_people` where it is scaled up from a sample.
 */
export const peopleWith = <R extends z.ZodRawShape>(rest: R) =>
  z.union([
    z.strictObject({ ...rest, people: z.number() }),
    z.strictObject({ ...rest, estimated_people: z.number(), between }),
  ]);

export const people = (description: string) => peopleWith({}).meta({ description });

export const shownPeople = ({ people: number, exact, between: bounds }: HowMany) =>
  exact ? { people: number } : { estimated_people: number, between: bounds };

/** A number of parts: `parts` where all texts were counted, else `estimated_parts`. */
export const parts = (description: string) =>
  z
    .union([z.strictObject({ parts: z.number() }), z.strictObject({ estimated_parts: z.number(), between })])
    .meta({ description });

export const shownParts = ({ sum, exact, between: bounds }: Total) =>
  exact ? { parts: sum } : { estimated_parts: sum, between: bounds };

const amount = z.string().meta({ description: 'A decimal in the currency of the price table.' });
const unpriced = z.array(z.strictObject({ country: z.string(), kind: z.string(), parts: z.number() })).meta({
  description: 'Messages for which the price table has no price. The amount does not include them.',
});

/** The cost of what was sent or is planned. */
export const cost = z
  .strictObject({ amount, unpriced })
  .nullable()
  .meta({ description: 'Null until there is a price table: PUT /prices.' });

const about = z.strictObject({
  estimated_amount: amount,
  between: z.array(amount).length(2).meta({ description: RANGE }),
  unpriced,
});

/** The cost of messages to come: `amount`, or `estimated_amount` where a sample stands for all. */
export const costToCome = z
  .union([z.strictObject({ amount, unpriced }), about])
  .nullable()
  .meta({ description: 'Null until there is a price table: PUT /prices.' });

export function shownCost({ micros, exact, between: [least, most], unpriced: left }: EstimatedCost) {
  const missing = left.map(({ country, kind, parts: number }) => ({ country, kind, parts: number }));
  if (exact) return { amount: written(micros), unpriced: missing };
  const bounds: [string, string] = [written(least), written(most)];
  return { estimated_amount: written(micros), between: bounds, unpriced: missing };
}
