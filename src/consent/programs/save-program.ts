import type { Actor } from '../../domain/access/actor.ts';
import { canonical } from '../../domain/canonical-json.ts';
import { capFaults, frequenciesPromised } from '../../domain/caps/promised-frequency.ts';
import type { RenderText } from '../../domain/consent/decision.ts';
import { menuFault } from '../../domain/consent/help-and-menu.ts';
import { joinTouchpoint, topicTouchpoint } from '../../domain/consent/join.ts';
import {
  ageFault,
  consentAgeFault,
  faultsOfTexts,
  keepingFormerTopics,
  topicFaults,
} from '../../domain/consent/program-changes.ts';
import { programValues, topicValues } from '../../domain/consent/program-text.ts';
import { renewalTouchpoint } from '../../domain/consent/renewal-prompt.ts';
import {
  findSender,
  type Language,
  type Program,
  type ProgramBook,
  type ProgramFault,
  programById,
  programsOn,
  type Topic,
  wordsIn,
} from '../../domain/program.ts';
import { contactFaults, phoneFault } from '../../domain/text/required-content.ts';
import { shortenersInProgram } from '../../domain/text/shared-shorteners.ts';
import { sayer, type TemplateKey, type TemplateSets } from '../../domain/text/system-messages.ts';
import { programWordsOf } from '../../domain/words/program-words.ts';
import { findWordConflicts, type WordUse } from '../../domain/words/word-conflicts.ts';
import { wordRulesAt } from '../../domain/words/word-rules.ts';
import { letAttemptsEnd } from '../../sending/cancel-and-drain.ts';
import { publishDisclosure } from '../../store/consent/disclosures.ts';
import { readPrograms, serialiseProgramSaves, writeProgram } from '../../store/consent/programs.ts';
import { hasSubscribers, SUBSCRIBERS_MS } from '../../store/contacts/contacts.ts';
import { isDuplicateKey, isTimeLimit } from '../../store/database-errors.ts';
import type { Store } from '../../store/store.ts';
import { inTransaction } from '../../store/transaction.ts';
import type { AppContext } from '../app-context.ts';
import { recordAudit } from '../audit/audit.ts';

/** The program cannot be saved. `faults` have sentences for the person who edits the program. */
export class ProgramRefused extends Error {
  override name = 'ProgramRefused';
  readonly faults: readonly ProgramFault[];
  constructor(faults: readonly ProgramFault[]) {
    super(
      faults.map(({ field, message }) => (field === 'body' ? message : `${field}: ${message}`)).join(' '),
    );
    this.faults = faults;
  }
}

/** Programs of one page in the order of their ids, as they are stored and not as this process last read them. */
export async function listPrograms(
  { store }: Pick<AppContext, 'store'>,
  { after, limit }: { after: string; limit: number },
): Promise<Program[]> {
  return (await readPrograms(store)).programs.filter(({ id }) => id > after).slice(0, limit);
}

export async function showProgram({ store }: Pick<AppContext, 'store'>, id: string): Promise<Program | null> {
  return programById(await readPrograms(store), id);
}

type Publishing =
  | { kind: 'published' }
  /** `at`: the place of the number in the program's list of numbers. */
  | { kind: 'no-sender'; at: number }
  /** Another program took one of its words at the same moment. */
  | { kind: 'word-taken' }
  /** The program is not, or no longer, what the change was made of. Nothing was saved. */
  | { kind: 'changed' };

type PublishOrder = {
  actor: Actor;
  program: Program;
  /** Whether the stored program is the one that was changed. Absent: it may be any. */
  isExpected?: (stored: Program | null) => boolean;
};

/** The stored program is not the one that the change was made of. */
class ChangedMeanwhile extends Error {}

/**
 * Saves a program whole and lets this process use it. Resolves when no delivery that was decided by the program
 * before is under way. Changes nothing when it is called again. Throws `ProgramRefused`.
 */
export async function publishProgram(
  context: AppContext,
  { actor, program, isExpected }: PublishOrder,
): Promise<Publishing> {
  let before: Program | null = null;
  const senders = new Set((await readPrograms(context.store)).senders.map(({ number }) => number));
  const at = program.numbers.findIndex((number) => !senders.has(number));
  if (at >= 0) return { kind: 'no-sender', at };
  try {
    const save = { say: context.catalog.current().say, program, isExpected };
    before = await writeAndPublish(context.store, save, context.now());
  } catch (error) {
    if (error instanceof ChangedMeanwhile) return { kind: 'changed' };
    if (!isDuplicateKey(error)) throw error;
    return { kind: 'word-taken' };
  }
  await context.catalog.refresh();
  await letAttemptsEnd(context.store, { numbers: program.numbers, program: program.id }, context.monotonic);
  const subject = { kind: 'program', id: program.id } as const;
  const details = { changed: changedFields(before, program).join(', ') };
  await recordAudit(context, { actor, act: 'program-saved', subject, details });
  return { kind: 'published' };
}

/** Time limit of the save's transaction, ms. Two saves of one program wait for each other. */
const BUDGET_MS = 10_000 + SUBSCRIBERS_MS;

/**
 * Saves a program and publishes the words of its prompts, both or neither, so that the newest disclosure always
 * belongs to the saved program. Saves run one at a time, and each is checked against all earlier ones. Throws
 * `ProgramRefused` when the program's words collide with others on its numbers, a required text lacks an item, the
 * menu of a number takes too many messages, the support contact is no phone number or e-mail address, the terms or the
 * privacy policy have no https address, an address is a link of a shared shortener, or the program has subscribers and
 * the save would change its minimum age to a higher one or to none, let consent lapse earlier, or give a topic another
 * purpose or the code of another topic. Throws a duplicate-key error as `writeProgram` does.
 */
export async function saveProgram(
  store: Store,
  templates: TemplateSets,
  program: Program,
  now: Date,
): Promise<void> {
  await writeAndPublish(store, { say: sayer(templates), program, isExpected: undefined }, now);
}

type Save = Pick<PublishOrder, 'program'> & { say: RenderText; isExpected: PublishOrder['isExpected'] };

/** Returns the program as it was before. Throws as `saveProgram` does, and `ChangedMeanwhile`. */
async function writeAndPublish(
  store: Store,
  { say, program, isExpected }: Save,
  now: Date,
): Promise<Program | null> {
  return inTransaction(store, BUDGET_MS, async (session) => {
    await serialiseProgramSaves(store, now, session);
    const book = await readPrograms(store, session);
    const before = programById(book, program.id);
    if (isExpected?.(before) === false) throw new ChangedMeanwhile();
    refuseFor(faultsOf(book, say, program, now));
    await writeProgram(store, keepingFormerTopics(before, program), session);
    for (const shown of shownBy(program, say)) await publishDisclosure(store, shown, now, session);
    // Read last and outside the session, so that people who joined meanwhile are counted.
    refuseFor(await faultsForPeople(store, book, program));
    return before;
  });
}

/** The fields that a save changed, as they are stored; none for a new program. */
function changedFields(before: Program | null, after: Program): string[] {
  if (before === null) return [];
  const [was, is] = [new Map(Object.entries(before)), new Map(Object.entries(after))];
  was.delete('formerTopics');
  const names = new Set([...was.keys(), ...is.keys()]);
  return [...names].filter((name) => canonical([was.get(name)]) !== canonical([is.get(name)]));
}

/** What keeps a program from being saved, found without saving it; empty when nothing does. */
export async function checkProgram(
  { catalog, now, store }: Pick<AppContext, 'catalog' | 'now' | 'store'>,
  program: Program,
): Promise<ProgramFault[]> {
  return faultsOf(await readPrograms(store), catalog.current().say, program, now());
}

function refuseFor(faults: readonly ProgramFault[]): void {
  if (faults.length > 0) throw new ProgramRefused(faults);
}

/**
 * Faults that matter only when the program has subscribers. A person who confirms to another process in the seconds
 * before that process reads the saved program is asked by the older one.
 */
async function faultsForPeople(store: Store, book: ProgramBook, program: Program): Promise<ProgramFault[]> {
  const before = programById(book, program.id);
  if (before === null) return [];
  const age = ageFault(before.minimumAge, program.minimumAge);
  const ofAge = age === null ? [] : [{ field: 'minimum_age', message: age }];
  const lapse = consentAgeFault(before, program);
  const ofLapse = lapse === null ? [] : [{ field: 'consent_age.months', message: lapse }];
  const faults = [...ofAge, ...ofLapse, ...topicFaults(before, program)];
  if (faults.length === 0) return [];
  try {
    return (await hasSubscribers(store, program.id)) ? faults : [];
  } catch (error) {
    if (!isTimeLimit(error)) throw error;
    const message = `Whether people are in the program took longer than ${SUBSCRIBERS_MS / 1000} s to find out. Leave it as it is, or save it as another program, which they can join.`;
    return faults.map(({ field }) => ({ field, message }));
  }
}

/** Faults of a program together with the other programs; empty when it can be saved. */
function faultsOf(book: ProgramBook, say: RenderText, program: Program, now: Date): ProgramFault[] {
  const unknown = program.numbers.flatMap((number, at) =>
    findSender(book, number) === null
      ? [{ field: `numbers.${at}`, message: `No sender has the number ${number}.` }]
      : [],
  );
  const before = programById(book, program.id);
  const others = book.programs.filter((program) => program !== before);
  const beside = { ...book, programs: [...others, program].sort(inOrder) };
  const clashes = program.numbers.flatMap((number) =>
    findWordConflicts(programWordsOf(programsOn(beside, number)), wordRulesAt(now)).map(
      ({ places, message }) => ({
        field: fieldAmong(places, program),
        message,
      }),
    ),
  );
  const texts = faultsOfTexts(program, say, before);
  return [
    ...unknown,
    // Reports a clash on several numbers once.
    ...new Map(clashes.map((clash) => [clash.message, clash])).values(),
    ...[...new Set(texts)].map((message) => ({ field: 'body', message })),
    ...[phoneFault(program, book, beside), menuFault(program, book, beside, say)].filter(
      (fault) => fault !== null,
    ),
    ...contactFaults(program),
    ...shortenersInProgram(program),
    ...capFaults(program).map(({ path, message }) => ({ field: path.join('.'), message })),
  ];
}

/** The field that holds the clashing word; `body` when the clash is between other programs only. */
function fieldAmong(places: readonly WordUse[], { id, topics }: Program): string {
  const place = places.find(({ program }) => program === id);
  if (place === undefined) return 'body';
  const at = topics.findIndex((topic) => topic.id === place.topic);
  const fields: Record<WordUse['field'], string> = {
    keyword: 'keywords',
    'confirm word': 'confirm_words',
    'topic code': `topics.${at}.code`,
    'topic word': `topics.${at}.word`,
  };
  return fields[place.field];
}

/** The order in which programs are read. The first program of a number answers where no program is named. */
const inOrder = (a: Program, b: Program): number => (a.id < b.id ? -1 : 1);

function shownBy(program: Program, say: RenderText) {
  const words = (touchpoint: string, language: Language, key: TemplateKey, topic?: Topic) => {
    const frequency = wordsIn((topic ?? program).frequency, language);
    const about = topic === undefined ? {} : topicValues(topic, language);
    const text = say(key, language, { ...programValues(program, language), ...about });
    const promised = frequenciesPromised(text, frequency, language);
    const topics = topic === undefined ? program.joinTopics : [topic.id];
    return { program: program.id, touchpoint, language, text, promised, topics };
  };
  return program.languages.flatMap((language) => [
    words(joinTouchpoint(language), language, 'prompt'),
    words(renewalTouchpoint(language), language, 'renewal'),
    ...program.topics.map((topic) =>
      words(topicTouchpoint(topic.id, language), language, 'topics-on-needs-prompt', topic),
    ),
  ]);
}
