import { z } from 'zod';
import type { Carrier } from './carrier.ts';

const milliseconds = z.int().min(0).max(600_000);

const effect = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('errorSync'), code: z.int().min(10_000).max(99_999) }),
  z.strictObject({ kind: z.literal('errorCallback'), code: z.int().min(10_000).max(99_999) }),
  z.strictObject({ kind: z.literal('delay'), ms: milliseconds }),
  z.strictObject({ kind: z.literal('duplicate'), times: z.int().min(1).max(20).default(1) }),
  z.strictObject({ kind: z.literal('reorder'), withinMs: milliseconds.default(1000) }),
  z.strictObject({ kind: z.literal('lose') }),
  z.strictObject({ kind: z.literal('http429') }),
  z.strictObject({
    kind: z.literal('http5xx'),
    status: z.int().min(500).max(599).default(503),
    accepted: z.boolean().default(false),
  }),
  z.strictObject({
    kind: z.literal('hang'),
    ms: milliseconds.default(600_000),
    accepted: z.boolean().default(true),
  }),
  z.strictObject({ kind: z.literal('resetAfterAccept') }),
  z.strictObject({ kind: z.literal('listLag'), ms: milliseconds }),
]);

/** What goes wrong. `accepted` says whether the message was made all the same. */
export type Effect = z.infer<typeof effect>;
export type EffectKind = Effect['kind'];
export type Touchpoint = 'create' | 'status' | 'inbound';

/** Which effects make sense where. */
const EFFECTS_AT: Record<Touchpoint, readonly EffectKind[]> = {
  create: [
    'errorSync',
    'errorCallback',
    'delay',
    'http429',
    'http5xx',
    'hang',
    'resetAfterAccept',
    'listLag',
  ],
  status: ['delay', 'duplicate', 'reorder', 'lose'],
  inbound: ['delay', 'duplicate', 'reorder', 'lose', 'listLag'],
};

const behaviour = z
  .strictObject({
    match: z.strictObject({
      number: z.string().min(1).optional(),
      prefix: z.string().min(1).optional(),
      share: z.number().min(0).max(1).optional(),
      status: z.string().min(1).optional(),
    }),
    on: z.enum(['create', 'status', 'inbound']),
    effect,
  })
  .refine((value) => EFFECTS_AT[value.on].includes(value.effect.kind), {
    path: ['effect', 'kind'],
    error: (issue) => `this effect is not possible on ${(issue.input as { on: string }).on}`,
  });

/** One rule: for whom (the person's number) and which status told, all parts must fit; at which point; what. */
export type Behaviour = z.infer<typeof behaviour>;

export const behaviourList = z.array(behaviour).max(1000);

/** The effects that hit this event of this person. Draws once for each rule with a share that fits. */
export function effectsOn(carrier: Carrier, on: Touchpoint, person: string, status?: string): Effect[] {
  return carrier.behaviours
    .filter(
      (rule) =>
        rule.on === on &&
        (rule.match.number === undefined || rule.match.number === person) &&
        (rule.match.prefix === undefined || person.startsWith(rule.match.prefix)) &&
        (rule.match.status === undefined || rule.match.status === status) &&
        (rule.match.share === undefined || carrier.draw() < rule.match.share),
    )
    .map((rule) => rule.effect);
}

/** The first effect of one kind, if there is one. */
export function findEffect<K extends EffectKind>(
  effects: readonly Effect[],
  kind: K,
): Extract<Effect, { kind: K }> | undefined {
  return effects.find((candidate): candidate is Extract<Effect, { kind: K }> => candidate.kind === kind);
}
