import { z } from 'zod';
import { STAGES } from '../domain/audience/save-profile.ts';
import { readOwnStages, writeOwnStages } from '../store/contact-fields.ts';
import { slug } from './fields.ts';
import type { Call } from './route.ts';

const MOST = 50;

export const stagesBody = z.strictObject({
  own: z
    .array(slug)
    .max(MOST, `At most ${MOST}.`)
    .meta({ description: 'All stages beside the usual ones.', examples: [['trial']] }),
});
export const stagesAnswer = z.strictObject({ usual: z.array(z.string()), own: z.array(z.string()) });

export async function showStages({ desk }: Call<object>) {
  return { usual: [...STAGES], own: await readOwnStages(desk.store) };
}

/** Whoever is in a stage that is left out stays in it; nobody can be put there any more. */
export async function putStages({ desk, key, body }: Call<{ body: typeof stagesBody }>) {
  const usual: readonly string[] = STAGES;
  const own = [...new Set(body.own)].filter((name) => !usual.includes(name));
  await writeOwnStages(desk.store, own, desk.now());
  desk.log.info({ key: key.id, stages: own.length }, 'own stages were defined');
  return { usual: [...STAGES], own };
}
