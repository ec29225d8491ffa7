import { z } from 'zod';
import { REMEMBERED_DAYS } from '../domain/contacts/activity.ts';
import { STAGES } from '../domain/contacts/profile-changes.ts';
import { faultsInStageRules } from '../domain/contacts/stages.ts';
import { changeStages, type OwnStages, readStages } from '../store/contacts/activity.ts';
import { Problem } from './http/problems.ts';
import type { ApiRequest } from './http/route.ts';
import { eventType, plainSlug, slug } from './http/shapes.ts';

const MOST = 50;
const MOST_TIMES = 100_000;

const whole = z.int('It must be a whole number.').min(1);
const days = whole.max(REMEMBERED_DAYS);
const from = z.array(slug).min(1).max(MOST);

const rule = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('did'),
    event: eventType,
    times: whole
      .max(MOST_TIMES)
      .exactOptional()
      .meta({ description: 'At least so often; once where left out.' }),
    days: days.exactOptional().meta({ description: 'Within so many days; else as far as 400 days back.' }),
    from: from.exactOptional().meta({ description: 'Only from these stages; else from anywhere.' }),
    unstaged: z
      .literal(true)
      .exactOptional()
      .meta({ description: 'Who is in no stage: beside those of `from`, or alone.' }),
    to: slug,
  }),
  z.strictObject({
    kind: z.literal('did-not'),
    event: eventType,
    days: days.meta({ description: 'Not since so many days, and as long in the stage.' }),
    from,
    to: slug,
  }),
]);
const rules = z.array(rule).max(MOST, `At most ${MOST}.`);

export const stagesBody = z.strictObject({
  own: z
    .array(plainSlug)
    .max(MOST, `At most ${MOST}.`)
    .meta({ description: 'All stages beside the usual ones.', examples: [['trial']] }),
  rules: rules.exactOptional().meta({
    description:
      'All that moves people from stage to stage, the first that fits decides. Left out, the rules stay; [] has none.',
    examples: [
      [{ kind: 'did', event: 'purchase', from: ['lead', 'prospect'], unstaged: true, to: 'customer' }],
    ],
  }),
});
export const stagesAnswer = z.strictObject({ usual: z.array(z.string()), own: z.array(z.string()), rules });

export async function showStages({ context }: ApiRequest<object>) {
  return shown(await readStages(context.store));
}

/** A person in a stage that is left out stays in it, but nobody can be put there any more. */
export async function putStages({ context, key, body }: ApiRequest<{ body: typeof stagesBody }>) {
  const usual: readonly string[] = STAGES;
  const own = [...new Set(body.own)].filter((name) => !usual.includes(name));
  const change = (before: OwnStages): OwnStages => {
    const rules = body.rules ?? before.rules;
    const errors = faultsInStageRules(rules, new Set([...STAGES, ...own]));
    if (errors.length > 0) throw new Problem('unprocessable', 'The rules cannot be used.', { errors });
    return { own, rules };
  };
  const stages = await changeStages(context.store, change, context.now());
  context.log.info(
    { key: key.id, stages: own.length, rules: stages.rules.length },
    'own stages and their rules were defined',
  );
  return shown(stages);
}

const shown = ({ own, rules }: OwnStages) => ({ usual: [...STAGES], own, rules });
