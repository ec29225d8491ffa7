import type { Desk } from '../consent/desk.ts';
import { mask } from '../domain/numbers.ts';
import type { Program, Topic } from '../domain/program.ts';
import { compile } from '../domain/segments/compile.ts';
import type { Resolved } from '../domain/segments/tree.ts';
import type { Reason } from '../domain/sending/may-receive.ts';
import { topicVerdict } from '../domain/sending/reach.ts';
import { countAudience, readAudience } from '../store/audience.ts';
import type { ContactDoc } from '../store/contacts.ts';
import { openHolder, personOf } from '../store/holder.ts';
import { suppressionsByIndex } from '../store/suppressions.ts';
import { capsOf } from './caps-of.ts';

/** Most people of whom it is decided one by one whether they may be texted; beyond, a fair sample of as many. */
const MOST_JUDGED = 5000;

const SAMPLES = 20;

export type Preview = {
  matches: number;
  /** People left after each clause of a tree whose clauses must all hold, in their order. */
  remaining: number[];
  /** Of `of` people, all or a sample: who may be texted now, and how many each reason keeps from it. */
  judged: { of: number; allowed: number; refused: Map<Reason, number> };
  samples: { id: string; masked: string }[];
};

/** Who a segment reaches now, and who of them may get a message of this topic. Nothing is kept. */
export async function previewAudience(
  desk: Desk,
  tree: Resolved,
  about: { program: Program; topic: Topic },
): Promise<Preview> {
  const now = desk.now();
  const who = compile(tree, now);
  const [matches, remaining, people] = await Promise.all([
    countAudience(desk.store, who),
    countRemaining(desk, tree, now),
    readAudience(desk.store, who, { after: null, limit: MOST_JUDGED }),
  ]);
  const judged = await judge(desk, people, about, now);
  const samples = people.slice(0, SAMPLES).map((stored) => ({
    id: stored._id,
    masked: mask(openHolder(desk.ring, stored, []).number),
  }));
  return { matches, remaining, judged, samples };
}

async function countRemaining(desk: Desk, tree: Resolved, now: Date): Promise<number[]> {
  if (tree.kind !== 'all') return [];
  const counts: number[] = [];
  for (const at of tree.of.keys()) {
    const first = { kind: 'all' as const, of: tree.of.slice(0, at + 1) };
    counts.push(await countAudience(desk.store, compile(first, now)));
  }
  return counts;
}

async function judge(
  desk: Desk,
  people: readonly ContactDoc[],
  about: { program: Program; topic: Topic },
  now: Date,
): Promise<Preview['judged']> {
  const byIndex = await suppressionsByIndex(
    desk.store,
    people.map((one) => one.index),
  );
  const { book } = desk.catalog.current();
  const refused = new Map<Reason, number>();
  const allowed: ContactDoc[] = [];
  for (const stored of people) {
    const person = personOf(stored, {}, byIndex.get(stored.index) ?? []);
    const verdict = topicVerdict(person, book, about.program, about.topic.id, now);
    if (verdict.allowed) allowed.push(stored);
    else for (const reason of verdict.reasons) refused.set(reason, (refused.get(reason) ?? 0) + 1);
  }
  const capped = await capsOf(desk, allowed, about);
  if (capped.size > 0) refused.set('capped', capped.size);
  return { of: people.length, allowed: allowed.length - capped.size, refused };
}
