import type { Desk } from '../consent/desk.ts';
import { silentOnes } from '../domain/audience/stage-rules.ts';
import { compile } from '../domain/segments/compile/compile.ts';
import { moveToStage, readStages } from '../store/people/stages.ts';

/**
 * Moves people to another stage who have not done something for as long as a rule says. Each comes into it now, so no other
 * rule takes them on in the same run. Safe to run anywhere, twice, or half: who was moved fits no more.
 */
export async function moveSilent(
  { store, now }: Desk,
  { goOn }: { goOn: () => boolean },
): Promise<{ moved: number }> {
  let moved = 0;
  for (const rule of (await readStages(store)).rules) {
    if (rule.kind !== 'did-not' || !goOn()) continue;
    moved += await moveToStage(store, compile(silentOnes(rule), now()), { to: rule.to, now, goOn });
  }
  return { moved };
}
