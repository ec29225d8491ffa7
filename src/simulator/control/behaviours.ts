import { z } from 'zod';
import type { Carrier } from '../carrier.ts';
import { drawAt, seededHash } from './draws.ts';
import type { Effect, EffectKind, Touchpoint } from './effects.ts';
import { EFFECTS_AT, effect, TOUCHPOINTS } from './effects.ts';

const behaviour = z
  .strictObject({
    match: z.strictObject({
      number: z.string().min(1).optional(),
      prefix: z.string().min(1).optional(),
      share: z.number().min(0).max(1).optional(),
      status: z.string().min(1).optional(),
    }),
    on: z.enum(TOUCHPOINTS),
    effect,
  })
  .refine((value) => EFFECTS_AT[value.on].includes(value.effect.kind), {
    path: ['effect', 'kind'],
    error: (issue) => `this effect is not possible on ${(issue.input as { on: string }).on}`,
  });

/** One rule: for whom (the person's number) and which status told, all parts must fit; at which point; what. */
export type Behaviour = z.infer<typeof behaviour>;

/** Rules without a number are looked at for every event of everybody; those with one cost only their own person. */
export const behaviourList = z
  .array(behaviour)
  .max(100_000)
  .refine((rules) => rules.filter(({ match }) => match.number === undefined).length <= 1000, {
    error: 'at most 1000 rules may name no number',
  });

type Placed = { rule: Behaviour; index: number };

/** The rules in force, and how often each rule with a share was asked about each person. */
export type Behaviours = {
  byNumber: ReadonlyMap<string, readonly Placed[]>;
  forAnyone: readonly Placed[];
  asked: Map<number, number>;
};

/** Puts rules in force, in their order. */
export function behave(rules: readonly Behaviour[]): Behaviours {
  const byNumber = new Map<string, Placed[]>();
  const forAnyone: Placed[] = [];
  for (const [index, rule] of rules.entries()) {
    const { number } = rule.match;
    const own = number === undefined ? forAnyone : (byNumber.get(number) ?? []);
    own.push({ rule, index });
    if (number !== undefined) byNumber.set(number, own);
  }
  return { byNumber, forAnyone, asked: new Map() };
}

const NONE: readonly Effect[] = [];

/**
 * The effects that hit this event of this person. A rule with a share draws for each event; the draw depends
 * on the seed, the rule, the person, the status and how many such events came before, never on other people,
 * so that it is the same in every run, however the traffic is interleaved.
 */
export function effectsOn(
  carrier: Carrier,
  on: Touchpoint,
  person: string,
  status?: string,
): readonly Effect[] {
  const rules = rulesFor(carrier.behaviours, person);
  if (rules.length === 0) return NONE;
  return rules
    .filter(
      ({ rule, index }) =>
        rule.on === on &&
        (rule.match.prefix === undefined || person.startsWith(rule.match.prefix)) &&
        (rule.match.status === undefined || rule.match.status === status) &&
        (rule.match.share === undefined ||
          drawFor(carrier, rule, `${index} ${person} ${status}`) < rule.match.share),
    )
    .map(({ rule }) => rule.effect);
}

function rulesFor({ byNumber, forAnyone }: Behaviours, person: string): readonly Placed[] {
  const own = byNumber.get(person);
  return own === undefined ? forAnyone : [...own, ...forAnyone].sort((a, b) => a.index - b.index);
}

/** What a number is does not change between two looks, so one draw decides; whether a call fails is drawn each time. */
function drawFor(carrier: Carrier, { effect: { kind } }: Behaviour, event: string): number {
  if (kind === 'line') return drawAt(seededHash(carrier.options.seed, event), 0);
  return draw(carrier, event);
}

function draw(carrier: Carrier, event: string): number {
  const { asked } = carrier.behaviours;
  const hash = seededHash(carrier.options.seed, event);
  const count = asked.get(hash) ?? 0;
  asked.set(hash, count + 1);
  return drawAt(hash, count);
}

/** The first effect of one kind, if there is one. */
export function findEffect<K extends EffectKind>(
  effects: readonly Effect[],
  kind: K,
): Extract<Effect, { kind: K }> | undefined {
  return effects.find((candidate): candidate is Extract<Effect, { kind: K }> => candidate.kind === kind);
}
