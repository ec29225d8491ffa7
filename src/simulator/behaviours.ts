import { z } from 'zod';

/** `read` is a GET of one message or of the list, `lookup` one of a phone number. */
const TOUCHPOINTS = ['create', 'read', 'status', 'inbound', 'lookup'] as const;

const code = z.int().min(10_000).max(99_999);
const accepted = (usual: boolean) => z.boolean().default(usual);

const milliseconds = z.int().min(0).max(600_000);

/** Source: Twilio Docs, Line Type Intelligence. */
const LINE_TYPES = [
  'mobile',
  'landline',
  'fixedVoip',
  'nonFixedVoip',
  'personal',
  'tollFree',
  'premium',
  'sharedCost',
  'uan',
  'voicemail',
  'pager',
  'unknown',
] as const;

/**
 * What may go wrong, and at which points:
 *
 * | kind | on | what happens |
 * | --- | --- | --- |
 * | `errorSync` | create, read, lookup | the call is refused with `code`, under its usual HTTP status or `status` |
 * | `errorCallback` | create | accepted; then `failed`, or `undelivered` where a carrier reports it, with `code`; `status` overrules |
 * | `stuck` | create | accepted; stays in the status `at` for ever, no further callback |
 * | `http429` | create, read, lookup | 429 with 20429, nothing is made |
 * | `http5xx` | create, read, lookup | 5xx with 20503 for 503, else 20500; `accepted`: the message is made all the same |
 * | `hang` | create, read, lookup | no answer, the connection breaks after `ms`; `accepted` as above |
 * | `delay` | create | slow accept: the message is made and lives at once, the answer comes after `ms` |
 * | `delay` | read, lookup, status, inbound | the answer, or the post, comes after `ms` |
 * | `resetAfterAccept` | create | the message is made, then the connection is reset without an answer |
 * | `listLag` | create, inbound | the message is missing from lists for `ms` |
 * | `duplicate` | status, inbound | the post comes `times` more often |
 * | `reorder` | status, inbound | the post comes after the next one of its kind, at the latest after `withinMs` |
 * | `lose` | status, inbound | the post never comes |
 * | `line` | lookup | what Lookup says of the number: the same at every look, also for a share of numbers |
 *
 * Account-level trouble is `errorSync` with Twilio's code: 20003 (wrong token), 20005 (suspended, out of
 * funds), 21408 (country not permitted), 21610, 21614, 21211, 20429; for all of it at once there is
 * PUT /sim/account, which suspends: every REST call is refused and what waits in a queue fails with 30002.
 */
const effect = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('errorSync'), code, status: z.int().min(400).max(599).optional() }),
  z.strictObject({
    kind: z.literal('errorCallback'),
    code,
    status: z.enum(['failed', 'undelivered']).optional(),
  }),
  z.strictObject({ kind: z.literal('stuck'), at: z.enum(['queued', 'sending', 'sent']).default('sent') }),
  z.strictObject({ kind: z.literal('http429') }),
  z.strictObject({
    kind: z.literal('http5xx'),
    status: z.int().min(500).max(599).default(503),
    accepted: accepted(false),
  }),
  z.strictObject({ kind: z.literal('hang'), ms: milliseconds.default(600_000), accepted: accepted(true) }),
  z.strictObject({ kind: z.literal('delay'), ms: milliseconds }),
  z.strictObject({ kind: z.literal('resetAfterAccept') }),
  z.strictObject({ kind: z.literal('listLag'), ms: milliseconds }),
  z.strictObject({ kind: z.literal('duplicate'), times: z.int().min(1).max(20).default(1) }),
  z.strictObject({ kind: z.literal('reorder'), withinMs: milliseconds.default(1000) }),
  z.strictObject({ kind: z.literal('lose') }),
  z.strictObject({
    kind: z.literal('line'),
    type: z.enum(LINE_TYPES).optional(),
    valid: z.boolean().optional(),
    carrier: z.string().max(100).nullable().optional(),
    reassigned: z.enum(['yes', 'no', 'no_data_available']).optional(),
    /** Of the packages asked for, such as 60600 (out of coverage) and 60606 (not enabled): they then say nothing. */
    errorCode: code.optional(),
  }),
]);

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
    error: (issue) => {
      const { on } = issue.input as { on: Touchpoint };
      return `must be one of the effects that are possible on ${on}: ${EFFECTS_AT[on].join(', ')}`;
    },
  });

/** One rule: for whom (the person's number) and which status told, all parts must fit; at which point; what. */
export type Behaviour = z.infer<typeof behaviour>;

/** Rules without a number are looked at for every event of everybody; those with one cost only their own person. */
export const behaviourList = z
  .array(behaviour)
  .max(100_000)
  .refine((rules) => rules.filter(({ match }) => match.number === undefined).length <= 1000, {
    error: 'may have at most 1000 rules without match.number',
  });

export type NumberedRule = { rule: Behaviour; index: number };

/** The rules in force, and how often each rule with a share was asked about each person. */
export type Behaviours = {
  byNumber: ReadonlyMap<string, readonly NumberedRule[]>;
  forAnyone: readonly NumberedRule[];
  drawCounts: Map<number, number>;
};

/** Puts rules in force, in their order. */
export function enforceBehaviours(rules: readonly Behaviour[]): Behaviours {
  const byNumber = new Map<string, NumberedRule[]>();
  const forAnyone: NumberedRule[] = [];
  for (const [index, rule] of rules.entries()) {
    const { number } = rule.match;
    const rulesOfNumber = number === undefined ? forAnyone : (byNumber.get(number) ?? []);
    rulesOfNumber.push({ rule, index });
    if (number !== undefined) byNumber.set(number, rulesOfNumber);
  }
  return { byNumber, forAnyone, drawCounts: new Map() };
}

/** The first effect of one kind, if there is one. */
export function findEffect<K extends EffectKind>(
  effects: readonly Effect[],
  kind: K,
): Extract<Effect, { kind: K }> | undefined {
  return effects.find((candidate): candidate is Extract<Effect, { kind: K }> => candidate.kind === kind);
}

/** What goes wrong. `accepted` says whether the message was made all the same. */
export type Effect = z.infer<typeof effect>;
type EffectKind = Effect['kind'];

export type Touchpoint = (typeof TOUCHPOINTS)[number];

/** Which effects make sense where. */
export const EFFECTS_AT: Record<Touchpoint, readonly EffectKind[]> = {
  create: [
    'errorSync',
    'errorCallback',
    'stuck',
    'delay',
    'http429',
    'http5xx',
    'hang',
    'resetAfterAccept',
    'listLag',
  ],
  read: ['errorSync', 'delay', 'http429', 'http5xx', 'hang'],
  status: ['delay', 'duplicate', 'reorder', 'lose'],
  inbound: ['delay', 'duplicate', 'reorder', 'lose', 'listLag'],
  lookup: ['line', 'errorSync', 'delay', 'http429', 'http5xx', 'hang'],
};

/** Numbers in [0, 1), the same sequence for the same seed (mulberry32). */
export function seededDraws(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    return mix(state);
  };
}

function mix(state: number): number {
  let mixed = Math.imul(state ^ (state >>> 15), state | 1);
  mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
  return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
}

/** 32 bits of a text (FNV-1a), different for each seed. */
export function seededHash(seed: number, text: string): number {
  let hash = (0x811c9dc5 ^ seed) >>> 0;
  for (let index = 0; index < text.length; index += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193) >>> 0;
  }
  return hash;
}

/** The draw number `count` of the sequence that belongs to a hash; in [0, 1). */
export function drawAt(hash: number, count: number): number {
  return mix((hash + Math.imul(count + 1, 0x6d2b79f5)) >>> 0);
}
