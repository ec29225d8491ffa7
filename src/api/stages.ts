import { z } from 'zod';
import { defineStages, FaultyStageRules, showStageSettings } from '../contacts/events.ts';
import { REMEMBERED_DAYS } from '../domain/contacts/activity.ts';
import { Problem } from './http/problems.ts';
import { type ApiRoute, actorOf, defineRoute } from './http/route.ts';
import { eventType, plainSlug, shape, slug } from './http/shapes.ts';

const MOST = 50;
const MOST_TIMES = 100_000;

const whole = z.int().min(1);
const days = whole.max(REMEMBERED_DAYS);
const from = z.array(slug).min(1).max(MOST);

const rule = z.discriminatedUnion('kind', [
  shape('DidRule', {
    kind: z.literal('did').meta({ description: 'Moves people who did something.' }),
    event: eventType.meta({ description: 'The type of the event.' }),
    times: whole
      .max(MOST_TIMES)
      .exactOptional()
      .meta({ description: 'How often the person must have done it, at least. Once when left out.' }),
    days: days.exactOptional().meta({
      description:
        'Counts only events of so many past days. Events of the last 400 days count when left out.',
    }),
    from: from.exactOptional().meta({
      description: 'The rule moves only people in these stages. It moves people in any stage when left out.',
    }),
    unstaged: z.literal(true).exactOptional().meta({
      description:
        'The rule moves people without a stage: besides those of `from`, or only them when `from` is left out.',
    }),
    to: slug.meta({ description: 'The stage that they move to.' }),
  }),
  shape('DidNotRule', {
    kind: z.literal('did-not').meta({ description: 'Moves people who did not do something for a time.' }),
    event: eventType.meta({ description: 'The type of the event.' }),
    days: days.meta({
      description: 'The person has not done it for so many days, and has been in the stage for as long.',
    }),
    from: from.meta({ description: 'The rule moves only people in these stages.' }),
    to: slug.meta({ description: 'The stage that they move to.' }),
  }),
]);
const rules = z.array(rule).max(MOST);

const stagesBody = shape('UpdateStagesRequest', {
  own: z
    .array(plainSlug)
    .max(MOST)
    .meta({ description: 'All stages besides the usual ones.', examples: [['trial']] }),
  rules: rules.exactOptional().meta({
    description:
      'All rules that move people from stage to stage. The first rule that fits decides. The rules stay as they are when left out; [] removes them.',
    examples: [
      [{ kind: 'did', event: 'purchase', from: ['lead', 'prospect'], unstaged: true, to: 'customer' }],
    ],
  }),
});
const stagesAnswer = shape('Stages', { usual: z.array(z.string()), own: z.array(z.string()), rules });

const shown = ({ usual, own, rules: inForce }: Awaited<ReturnType<typeof showStageSettings>>) => ({
  usual: [...usual],
  own,
  rules: inForce,
});

function throwFaults(error: unknown): never {
  if (!(error instanceof FaultyStageRules)) throw error;
  throw new Problem('unprocessable', 'The rules cannot be used.', { errors: [...error.faults] });
}

/** The stages that people go through, and the rules that move them. */
export const STAGE_ROUTES: readonly ApiRoute[] = [
  defineRoute({
    method: 'get',
    path: '/stages',
    scope: 'contacts:read',
    id: 'getStages',
    returns: 'The usual stages, your own, and the rules.',
    summary: 'List the stages that a person can be in.',
    answer: stagesAnswer,
    handle: async ({ context }) => shown(await showStageSettings(context)),
  }),
  defineRoute({
    method: 'put',
    path: '/stages',
    scope: 'contacts:write',
    id: 'updateStages',
    returns: 'The stages and rules that are in force now.',
    summary: 'Define all stages besides the usual ones, and the rules that move people.',
    body: stagesBody,
    answer: stagesAnswer,
    handle: async ({ context, key, body }) =>
      shown(await defineStages(context, { actor: actorOf(key), ...body }).catch(throwFaults)),
  }),
];
