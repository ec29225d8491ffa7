import { randomBytes } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import type { AppContext } from '../consent/app-context.ts';
import { CommandRefused, ConcurrentChange } from '../consent/command-refused.ts';
import {
  type DeferredEntry,
  type JourneyPlan,
  type JourneyStep,
  type PlanFault,
  type SegmentQuery,
  stepFaults,
  type Trigger,
} from '../domain/journeys/journey.ts';
import { readWords } from '../domain/journeys/triggers.ts';
import type { Program } from '../domain/program.ts';
import type { Tree } from '../domain/segments/tree.ts';
import { normalise } from '../domain/words/normalise.ts';
import { wordRulesAt } from '../domain/words/word-rules.ts';
import { InvalidSegment, resolveNew } from '../segments/segments.ts';
import { stageNames } from '../store/contacts/activity.ts';
import { sealedAsked } from '../store/contacts/profiles.ts';
import {
  addVersion,
  findJourney,
  findVersions,
  type JourneyDoc,
  writeJourney,
} from '../store/journeys/journeys.ts';
import { findMessageTemplate } from '../store/templates/templates.ts';
import { archivedFault, readNameable, unsendable } from '../templates/save-template.ts';

/** Steps as the client wrote them, with unresolved segment trees. */
type Written<T> = {
  [K in keyof T]: T[K] extends SegmentQuery ? Tree : T[K] extends SegmentQuery | null ? Tree | null : T[K];
};
type Read = Extract<Trigger, { kind: 'segment' | 'keyword' }>;

/** A plan as the client wrote it: segments unresolved, keywords without their meaning. */
type WrittenPlan = {
  program: Program;
  trigger:
    | Exclude<Trigger, Read>
    | { kind: 'segment'; segment: Tree }
    | { kind: 'keyword'; words: readonly string[] };
  reentry: JourneyPlan['reentry'];
  steps: readonly Written<JourneyStep>[];
};

/** All faults of a journey, each with its place. */
export class InvalidJourney extends Error {
  override name = 'InvalidJourney';
  readonly faults: readonly PlanFault[];
  constructor(faults: readonly PlanFault[]) {
    super('a journey has faults');
    this.faults = faults;
  }
}

/**
 * Validates and resolves a plan by the current segments and words. `was`: the plan of a running or paused journey.
 * An unchanged trigger of such a journey stays as it was, whatever became of what it names, and so does a step's
 * condition that could not be saved any more; `kept` reports both. Neither stays where it uses a sealed field,
 * which must not be evaluated. Throws `InvalidJourney`.
 */
export async function readPlan(
  context: AppContext,
  { program, trigger, reentry, steps }: WrittenPlan,
  was: JourneyPlan | null,
): Promise<{ plan: JourneyPlan; kept: DeferredEntry }> {
  const faults: PlanFault[] = [];
  const questions: PlanFault[] = [];
  const read: JourneyStep[] = [];
  for (const [at, { onlyIf: tree, ...step }] of steps.entries()) {
    const before = was?.steps.find(({ id }) => id === step.id)?.onlyIf ?? null;
    const asked = tree === null ? null : await ask(context, tree, `steps.${at}.only_if`);
    const stays = asked !== null && asked.faults.length > 0 && (await mayStay(context, before, tree));
    if (asked !== null) (stays ? questions : faults).push(...asked.faults);
    read.push({ ...step, onlyIf: stays ? before : (asked?.asked ?? null) });
    faults.push(...(await templateFaults(context, step.message, program, at)));
  }
  const begins = await readTrigger(context, trigger, program);
  const same = was !== null && isSameBeginning(was.trigger, trigger) ? was.trigger : null;
  const stays = same !== null && (same.kind !== 'segment' || (await isOpen(context, same.segment)));
  if (!stays) faults.push(...begins.faults);
  const topics = new Set(program.topics.map(({ id }) => id));
  faults.push(...stepFaults(read, topics));
  if (faults.length > 0) throw new InvalidJourney(faults);
  const anew = same !== null && !isDeepStrictEqual(same, begins.trigger);
  const kept = { beginning: stays ? begins.faults : [], questions, anew };
  return { plan: { trigger: same ?? begins.trigger, reentry, steps: read }, kept };
}

/** True where the saved condition equals the written one, and may still be evaluated. */
const mayStay = async (
  context: Pick<AppContext, 'store'>,
  before: SegmentQuery | null,
  tree: Tree | null,
): Promise<boolean> =>
  before !== null && isDeepStrictEqual(before.tree, tree) && (await isOpen(context, before));

const isOpen = async ({ store }: Pick<AppContext, 'store'>, { resolved }: SegmentQuery): Promise<boolean> =>
  (await sealedAsked(store, [resolved])) === null;

async function templateFaults(
  context: Pick<AppContext, 'catalog' | 'publicUrl' | 'store'>,
  message: JourneyStep['message'],
  program: Program,
  at: number,
): Promise<PlanFault[]> {
  if (message === null) return [];
  const field = `steps.${at}.message.template`;
  const template = await findMessageTemplate(context.store, message.template);
  if (template?.program !== program.id)
    return [{ field, problem: 'The program has no template of this id.' }];
  const why = archivedFault(template) ?? unsendable(template, program, await readNameable(context));
  return why === null ? [] : [{ field, problem: why }];
}

/** True where the saved trigger equals the written one, whatever became of the segments and words that it names. */
function isSameBeginning(was: Trigger, written: WrittenPlan['trigger']): boolean {
  if (was.kind === 'segment')
    return written.kind === was.kind && isDeepStrictEqual(was.segment.tree, written.segment);
  if (was.kind !== 'keyword') return isDeepStrictEqual(was, written);
  const wordsOf = (words: readonly string[]): string[] => [...new Set(words.map(normalise))].sort();
  return written.kind === was.kind && isDeepStrictEqual(wordsOf(was.words), wordsOf(written.words));
}

type Begins = { trigger: Trigger; faults: PlanFault[] };

async function readTrigger(
  context: Pick<AppContext, 'catalog' | 'now' | 'store'>,
  trigger: WrittenPlan['trigger'],
  program: Program,
): Promise<Begins> {
  if (trigger.kind === 'segment') {
    const { asked, faults } = await ask(context, trigger.segment, 'trigger.segment');
    return { trigger: { kind: 'segment', segment: asked }, faults };
  }
  if (trigger.kind === 'keyword') {
    return readWords(trigger.words, program, context.catalog.current().book, wordRulesAt(context.now()));
  }
  const topics = new Set(program.topics.map(({ id }) => id));
  return { trigger, faults: await triggerFaults(context, trigger, topics) };
}

async function triggerFaults(
  context: Pick<AppContext, 'store'>,
  trigger: Trigger,
  topics: ReadonlySet<string>,
): Promise<PlanFault[]> {
  if (trigger.kind === 'consent') {
    const known = trigger.topics?.every((id) => topics.has(id)) ?? true;
    return known ? [] : [{ field: 'trigger.topics', problem: 'The program has no such topic.' }];
  }
  if (trigger.kind !== 'stage') return [];
  const stages = await stageNames(context.store);
  const known = trigger.stages.every((name) => stages.has(name));
  return known
    ? []
    : [{ field: 'trigger.stages', problem: 'There is no such stage. GET /stages lists them.' }];
}

/** Resolves a tree. Where it has faults, the resolved tree is a placeholder that is not used. */
async function ask(
  context: Pick<AppContext, 'catalog' | 'now' | 'store'>,
  tree: Tree,
  field: string,
): Promise<{ asked: SegmentQuery; faults: PlanFault[] }> {
  try {
    const { book } = context.catalog.current();
    const resolved = await resolveNew(context.store, book, tree, context.now());
    return { asked: { tree, resolved }, faults: [] };
  } catch (error) {
    if (!(error instanceof InvalidSegment)) throw error;
    const at = (path: string): string => [field, ...path.split('/').slice(1)].join('.');
    const faults = error.faults.map(({ path, problem }) => ({ field: at(path), problem }));
    return { asked: { tree, resolved: { kind: 'everyone' } }, faults };
  }
}

export type JourneyOrder = WrittenPlan & {
  id: string;
  name: string;
  /** What happens to people in the journey: `finish` their version, or `move` to this one. */
  people: 'finish' | 'move';
};

/** The journey is running or paused, and the caller may not change what is sent. */
export class JourneyIsActive extends Error {
  override name = 'JourneyIsActive';
}

/** `kept`: what a running journey did not take over from the save. */
type SavedJourney = { journey: JourneyDoc; kept: DeferredEntry };

/**
 * Saves a journey, as a new version where its plan changed. Segments and words are resolved as they are now. Throws
 * `InvalidJourney`, `CommandRefused`, and `JourneyIsActive` where the journey is running or paused and `whileItGoes` is
 * false.
 */
export async function saveJourney(
  context: AppContext,
  order: JourneyOrder,
  { whileItGoes }: { whileItGoes: boolean },
): Promise<SavedJourney> {
  const { store } = context;
  const { id: _id, name, program, people } = order;
  const before = await findJourney(store, _id);
  const goes = before?.state === 'running' || before?.state === 'paused';
  if (goes && !whileItGoes) throw new JourneyIsActive();
  const started = before !== null && before.state !== 'draft';
  if (started && before.program !== program.id) {
    throw new CommandRefused('A started journey keeps its program. Create another journey.');
  }
  const at = context.now();
  const [old] = before === null ? [] : await findVersions(store, [before.plan]);
  const stays = goes && old !== undefined ? old : null;
  const { plan, kept } = await readPlan(context, order, stays);
  if (goes && !isDeepStrictEqual(old?.trigger, plan.trigger)) {
    throw new CommandRefused(
      'The trigger of a running journey cannot be changed. Stop the journey, save it, and start it again.',
    );
  }
  const { version = 0, moveBelow = 0 } = before ?? {};
  const same = before !== null && old !== undefined && isDeepStrictEqual(planOf(old), plan);
  const next = same
    ? { _id, name, program: program.id, version, plan: before.plan, moveBelow }
    : { _id, name, program: program.id, version: version + 1, plan: newId(), moveBelow };
  // Inserted under a new id: a save that loses the race below leaves a version that nobody reads.
  if (!same)
    await addVersion(store, { _id: next.plan, journey: _id, version: next.version, ...plan, createdAt: at });
  if (started && people === 'move') next.moveBelow = next.version;
  const saved = await writeJourney(store, before, next, at);
  if (saved === null) throw new ConcurrentChange();
  return { journey: saved, kept };
}

const newId = (): string => `jv_${randomBytes(12).toString('base64url')}`;
const planOf = ({ trigger, reentry, steps }: JourneyPlan): JourneyPlan => ({ trigger, reentry, steps });
