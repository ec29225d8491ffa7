import { z } from 'zod';
import type { EstimatedCost } from '../domain/campaigns/cost.ts';
import { written } from '../domain/campaigns/cost.ts';
import type { HowMany, Total } from '../domain/statistics.ts';
import { shape } from './http/shapes.ts';

const RANGE =
  'The range in which the number lies 95 times in a hundred: the score interval of Wilson, "Probable inference", JASA 22 (1927). Where sums are estimated, the ranges of all summands added up.';

export const between = z.array(z.number()).length(2).meta({ description: RANGE });

/**
 * The shape of an answer that has a number of people and the fields of `rest`. The number is called `people` where
 * everybody was counted, and `estimated_people` where it is scaled up from a sample. `name`: that of the shape in
 * the description of the API, such as PeopleByHour.
 */
export const peopleWith = <R extends z.ZodRawShape>(name: string, rest: R) =>
  z
    .union([
      shape(`Counted${name}`, { ...rest, people: z.number() }),
      shape(`Estimated${name}`, { ...rest, estimated_people: z.number(), between }),
    ])
    .meta({ id: name });

const anyPeople = peopleWith('People', {});
export const people = (description: string) => anyPeople.meta({ description });

export const shownPeople = ({ people: number, exact, between: bounds }: HowMany) =>
  exact ? { people: number } : { estimated_people: number, between: bounds };

const anyParts = z
  .union([
    shape('CountedParts', { parts: z.number() }),
    shape('EstimatedParts', { estimated_parts: z.number(), between }),
  ])
  .meta({ id: 'Parts' });

/** A number of parts: `parts` where all texts were counted, else `estimated_parts`. */
export const parts = (description: string) => anyParts.meta({ description });

export const shownParts = ({ sum, exact, between: bounds }: Total) =>
  exact ? { parts: sum } : { estimated_parts: sum, between: bounds };

const amount = z.string().meta({ description: 'A decimal in the currency of the price table.' });
const unpriced = z
  .array(shape('UnpricedParts', { country: z.string(), kind: z.string(), parts: z.number() }))
  .meta({
    description: 'Messages for which the price table has no price. The amount does not include them.',
  });

const known = shape('Cost', { amount, unpriced });

/** The cost of what was sent or is planned. */
export const cost = known.nullable().meta({ description: 'Null until there is a price table: PUT /prices.' });

const about = shape('EstimatedCost', {
  estimated_amount: amount,
  between: z.array(amount).length(2).meta({ description: RANGE }),
  unpriced,
});

/** The cost of messages to come: `amount`, or `estimated_amount` where a sample stands for all. */
export const costToCome = z
  .union([known, about])
  .meta({ id: 'CostToCome' })
  .nullable()
  .meta({ description: 'Null until there is a price table: PUT /prices.' });

export function shownCost({ micros, exact, between: [least, most], unpriced: left }: EstimatedCost) {
  const missing = left.map(({ country, kind, parts: number }) => ({ country, kind, parts: number }));
  if (exact) return { amount: written(micros), unpriced: missing };
  const bounds: [string, string] = [written(least), written(most)];
  return { estimated_amount: written(micros), between: bounds, unpriced: missing };
}
