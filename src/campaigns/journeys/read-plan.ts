import { isDeepStrictEqual as same } from 'node:util';
import type { Desk } from '../../consent/desk.ts';
import {
  type Asked,
  type Plan,
  type PlanFault,
  type Step,
  stepFaults,
  type Trigger,
} from '../../domain/journeys/journey.ts';
import { readWords } from '../../domain/journeys/read-words.ts';
import type { Program } from '../../domain/program.ts';
import type { Tree } from '../../domain/segments/tree.ts';
import { normalise } from '../../domain/words/normalise.ts';
import { ruleSetAt } from '../../domain/words/rule-sets.ts';
import { findMessageTemplate } from '../../store/campaigns/message-templates.ts';
import { stageNames } from '../../store/people/stages.ts';
import { resolveNew, SegmentRefused } from '../audience/segments.ts';

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
 * A plan as it was written, with what it names put in place as that stands now. `was`: the plan of a journey that goes, whose
 * beginning stays, and whose questions may stay, whatever became since of what they name: nothing of those is a fault. Throws
 * `JourneyFaulty`.
 */
export async function readPlan(
  desk: Desk,
  { program, trigger, reentry, steps }: WrittenPlan,
  was: Plan | null,
): Promise<Plan> {
  const faults: PlanFault[] = [];
  const questions = was?.steps.map(({ onlyIf }) => onlyIf) ?? [];
  const asked = (tree: Tree, field: string) => ask(desk, tree, field, faults, questions);
  const ofBeginning: PlanFault[] = [];
  const begins = await readTrigger(desk, trigger, program, ofBeginning);
  const stays = was !== null && isSameBeginning(was.trigger, trigger);
  const read: Step[] = [];
  for (const [at, step] of steps.entries()) {
    const onlyIf = step.onlyIf === null ? null : await asked(step.onlyIf, `steps.${at}.only_if`);
    read.push({ ...step, onlyIf });
    const { message } = step;
    const template = message === null ? null : await findMessageTemplate(desk.store, message.template);
    if (message !== null && template?.program !== program.id) {
      faults.push({
        field: `steps.${at}.message.template`,
        problem: 'The program has no template of this id.',
      });
    }
  }
  const topics = new Set(program.topics.map(({ id }) => id));
  if (!stays) faults.push(...ofBeginning, ...(await triggerFaults(desk, begins, topics)));
  faults.push(...stepFaults(read, topics));
  if (faults.length > 0) throw new JourneyFaulty(faults);
  return { trigger: begins, reentry, steps: read };
}

/** Whether a trigger says what another says, whatever became since of the segments and words that it names. */
export function isSameBeginning(was: Trigger, written: WrittenPlan['trigger']): boolean {
  if (was.kind === 'segment') return written.kind === was.kind && same(was.segment.tree, written.segment);
  if (was.kind !== 'keyword') return same(was, written);
  const wordsOf = (words: readonly string[]): string[] => [...new Set(words.map(normalise))].sort();
  return written.kind === was.kind && same(wordsOf(was.words), wordsOf(written.words));
}

async function readTrigger(
  desk: Desk,
  trigger: WrittenPlan['trigger'],
  program: Program,
  faults: PlanFault[],
): Promise<Trigger> {
  if (trigger.kind === 'segment') {
    return { kind: 'segment', segment: await ask(desk, trigger.segment, 'trigger.segment', faults) };
  }
  if (trigger.kind !== 'keyword') return trigger;
  const rules = ruleSetAt(desk.now());
  const read = readWords(trigger.words, program, desk.catalog.current().book, rules);
  faults.push(...read.faults);
  return read.trigger;
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

async function ask(
  desk: Desk,
  tree: Tree,
  field: string,
  faults: PlanFault[],
  before: readonly (Asked | null)[] = [],
): Promise<Asked> {
  try {
    const { book } = desk.catalog.current();
    return { tree, resolved: await resolveNew(desk.store, book, tree, desk.now()) };
  } catch (error) {
    if (!(error instanceof SegmentRefused)) throw error;
    const kept = before.find((one) => one !== null && same(one.tree, tree));
    if (kept != null) return kept;
    const at = (path: string): string => [field, ...path.split('/').slice(1)].join('.');
    faults.push(...error.faults.map(({ path, problem }) => ({ field: at(path), problem })));
    return { tree, resolved: { kind: 'everyone' } };
  }
}
