import { isDeepStrictEqual } from 'node:util';
import type { Desk } from '../../consent/desk.ts';
import {
  type Asked,
  type Plan,
  type PlanFault,
  type Step,
  stepFaults,
  type Trigger,
} from '../../domain/journeys/journey.ts';
import type { Kept } from '../../domain/journeys/kept.ts';
import { readWords } from '../../domain/journeys/read-words.ts';
import type { Program } from '../../domain/program.ts';
import type { Tree } from '../../domain/segments/tree.ts';
import { normalise } from '../../domain/words/normalise.ts';
import { wordRulesAt } from '../../domain/words/word-rules.ts';
import { findMessageTemplate } from '../../store/campaigns/message-templates.ts';
import { stageNames } from '../../store/people/stages.ts';
import { sealedAsked } from '../../store/sealing/sealed-asked.ts';
import { resolveNew, SegmentRefused } from '../audience/segments.ts';
import { unsendable } from '../words/check-sendable.ts';
import { readNameable } from '../words/issue.ts';

/** Steps as someone wrote them: trees that may name segments. */
type Written<T> = {
  [K in keyof T]: T[K] extends Asked ? Tree : T[K] extends Asked | null ? Tree | null : T[K];
};
type Read = Extract<Trigger, { kind: 'segment' | 'keyword' }>;

/** What a journey does, as someone wrote it: segments by their ids, words without their meaning. */
export type WrittenPlan = {
  program: Program;
  trigger:
    | Exclude<Trigger, Read>
    | { kind: 'segment'; segment: Tree }
    | { kind: 'keyword'; words: readonly string[] };
  reentry: Plan['reentry'];
  steps: readonly Written<Step>[];
};

/** Everything about a journey that cannot be, each with its place. */
export class JourneyFaulty extends Error {
  override name = 'JourneyFaulty';
  readonly faults: readonly PlanFault[];
  constructor(faults: readonly PlanFault[]) {
    super('a journey has faults');
    this.faults = faults;
  }
}

/**
 * A plan as it was written, with what it names put in place as that stands now. `was`: the plan of a journey that goes. Its
 * beginning stays, and so does a question of a step that cannot be saved any more, whatever became of what they name:
 * `kept` says so. What asks a sealed field may not be read at all, so it does not stay. Throws `JourneyFaulty`.
 */
export async function readPlan(
  desk: Desk,
  { program, trigger, reentry, steps }: WrittenPlan,
  was: Plan | null,
): Promise<{ plan: Plan; kept: Kept }> {
  const faults: PlanFault[] = [];
  const questions: PlanFault[] = [];
  const read: Step[] = [];
  for (const [at, { onlyIf: tree, ...step }] of steps.entries()) {
    const before = was?.steps.find(({ id }) => id === step.id)?.onlyIf ?? null;
    const asked = tree === null ? null : await ask(desk, tree, `steps.${at}.only_if`);
    const stays = asked !== null && asked.faults.length > 0 && (await mayStay(desk, before, tree));
    if (asked !== null) (stays ? questions : faults).push(...asked.faults);
    read.push({ ...step, onlyIf: stays ? before : (asked?.asked ?? null) });
    faults.push(...(await templateFaults(desk, step.message, program, at)));
  }
  const begins = await readTrigger(desk, trigger, program);
  const same = was !== null && isSameBeginning(was.trigger, trigger) ? was.trigger : null;
  const stays = same !== null && (same.kind !== 'segment' || (await isOpen(desk, same.segment)));
  if (!stays) faults.push(...begins.faults);
  const topics = new Set(program.topics.map(({ id }) => id));
  faults.push(...stepFaults(read, topics));
  if (faults.length > 0) throw new JourneyFaulty(faults);
  const anew = same !== null && !isDeepStrictEqual(same, begins.trigger);
  const kept = { beginning: stays ? begins.faults : [], questions, anew };
  return { plan: { trigger: same ?? begins.trigger, reentry, steps: read }, kept };
}

/** Whether what was asked is what is written, and may be asked on. */
const mayStay = async (desk: Desk, before: Asked | null, tree: Tree | null): Promise<boolean> =>
  before !== null && isDeepStrictEqual(before.tree, tree) && (await isOpen(desk, before));

const isOpen = async ({ store }: Desk, { resolved }: Asked): Promise<boolean> =>
  (await sealedAsked(store, [resolved])) === null;

async function templateFaults(
  desk: Desk,
  message: Step['message'],
  program: Program,
  at: number,
): Promise<PlanFault[]> {
  if (message === null) return [];
  const field = `steps.${at}.message.template`;
  const template = await findMessageTemplate(desk.store, message.template);
  if (template?.program !== program.id)
    return [{ field, problem: 'The program has no template of this id.' }];
  const why = unsendable(template, program, await readNameable(desk));
  return why === null ? [] : [{ field, problem: why }];
}

/** Whether a trigger says what another says, whatever became since of the segments and words that it names. */
function isSameBeginning(was: Trigger, written: WrittenPlan['trigger']): boolean {
  if (was.kind === 'segment')
    return written.kind === was.kind && isDeepStrictEqual(was.segment.tree, written.segment);
  if (was.kind !== 'keyword') return isDeepStrictEqual(was, written);
  const wordsOf = (words: readonly string[]): string[] => [...new Set(words.map(normalise))].sort();
  return written.kind === was.kind && isDeepStrictEqual(wordsOf(was.words), wordsOf(written.words));
}

type Begins = { trigger: Trigger; faults: PlanFault[] };

async function readTrigger(desk: Desk, trigger: WrittenPlan['trigger'], program: Program): Promise<Begins> {
  if (trigger.kind === 'segment') {
    const { asked, faults } = await ask(desk, trigger.segment, 'trigger.segment');
    return { trigger: { kind: 'segment', segment: asked }, faults };
  }
  if (trigger.kind === 'keyword') {
    return readWords(trigger.words, program, desk.catalog.current().book, wordRulesAt(desk.now()));
  }
  const topics = new Set(program.topics.map(({ id }) => id));
  return { trigger, faults: await triggerFaults(desk, trigger, topics) };
}

async function triggerFaults(
  desk: Desk,
  trigger: Trigger,
  topics: ReadonlySet<string>,
): Promise<PlanFault[]> {
  if (trigger.kind === 'consent') {
    const known = trigger.topics?.every((id) => topics.has(id)) ?? true;
    return known ? [] : [{ field: 'trigger.topics', problem: 'The program has no such topic.' }];
  }
  if (trigger.kind !== 'stage') return [];
  const stages = await stageNames(desk.store);
  const known = trigger.stages.every((name) => stages.has(name));
  return known
    ? []
    : [{ field: 'trigger.stages', problem: 'There is no such stage. GET /stages lists them.' }];
}

/** A tree as it would be asked now; where it has faults, it is not used. */
async function ask(desk: Desk, tree: Tree, field: string): Promise<{ asked: Asked; faults: PlanFault[] }> {
  try {
    const { book } = desk.catalog.current();
    const resolved = await resolveNew(desk.store, book, tree, desk.now());
    return { asked: { tree, resolved }, faults: [] };
  } catch (error) {
    if (!(error instanceof SegmentRefused)) throw error;
    const at = (path: string): string => [field, ...path.split('/').slice(1)].join('.');
    const faults = error.faults.map(({ path, problem }) => ({ field: at(path), problem }));
    return { asked: { tree, resolved: { kind: 'everyone' } }, faults };
  }
}
