import type { Desk } from '../../consent/desk.ts';
import type { CapHit } from '../../domain/caps/caps.ts';
import type { Program, Topic } from '../../domain/program.ts';
import { CLASS_OF } from '../../domain/sending/reach.ts';
import { readCaps } from '../../sending/pacing/caps.ts';
import type { ContactDoc } from '../../store/people/contacts.ts';
import { openHolder } from '../../store/people/holder.ts';
import { findOthers } from '../../store/people/joined.ts';

/**
 * Of some people, by contact, the cap that keeps a message about a topic from them now; whoever has room is not among
 * them, nor is who gets the last place at this moment. One command for all. Nothing is reserved. Throws `KeyMissing` or
 * `SealBroken` where the law may bind someone whose number cannot be opened.
 */
export async function capsOf(
  desk: Desk,
  people: readonly ContactDoc[],
  { program, topic }: { program: Program; topic: Topic },
): Promise<Map<string, CapHit>> {
  const { promised } = desk.catalog.current();
  const about = { class: CLASS_OF[topic.purpose], program: program.id, topic: topic.id };
  const asked = people.map(({ _id: contact }) => ({ _id: '', contact, ...about }));
  const byId = new Map(people.map((one) => [one._id, one]));
  const deps = { store: desk.store, program: () => program, promised };
  const others = await findOthers(desk.store, people);
  const caps = await readCaps(deps, asked, byId, { now: desk.now(), owner: null, others });
  const hits = new Map<string, CapHit>();
  for (const [at, stored] of people.entries()) {
    const one = asked[at];
    if (one === undefined) continue;
    const verdict = caps.verdict(one, () => openHolder(desk.ring, stored, []).number);
    if (verdict.kind === 'capped') hits.set(stored._id, verdict.hit);
  }
  return hits;
}
