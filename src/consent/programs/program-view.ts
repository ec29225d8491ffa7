import {
  type ProgramStanding,
  type ProgramText,
  programStanding,
  programTexts,
} from '../../domain/consent/program-standing.ts';
import type { Language, Program, Sender } from '../../domain/program.ts';
import { readPrograms } from '../../store/consent/programs.ts';
import { countSubscribers } from '../../store/contacts/contacts.ts';
import { isTimeLimit } from '../../store/database-errors.ts';
import { readSenderHealth } from '../../store/senders/sender-state.ts';
import type { AppContext } from '../app-context.ts';

/** A page does not wait longer for a count, ms. */
const COUNT_MS = 1500;

/** A program with what its reader wants to know first. `subscribed`: null when counting took too long. */
type ProgramOverview = { program: Program; standing: ProgramStanding; subscribed: number | null };

type Reading = Pick<AppContext, 'catalog' | 'store'>;

/** Every program, the running ones first, as they are stored and not as this process last read them. */
export async function viewPrograms(context: Reading): Promise<ProgramOverview[]> {
  const { programs, senders } = await readPrograms(context.store);
  const [counts, stopped] = await Promise.all([subscribers(context), stoppedAmong(context, senders)]);
  const { say } = context.catalog.current();
  const views = programs.map((program) => ({
    program,
    standing: programStanding({ program, say, stopped }),
    subscribed: counts === null ? null : (counts.get(program.id) ?? 0),
  }));
  return views.sort((a, b) => Number(a.standing.kind === 'ended') - Number(b.standing.kind === 'ended'));
}

export type ProgramView = ProgramOverview & {
  /** Its prescribed texts in each of its languages, as they go out. */
  texts: { language: Language; texts: ProgramText[] }[];
  /** Every number of the installation, and whether it is stopped. */
  senders: (Sender & { isStopped: boolean })[];
};

/** Null when there is no such program. */
export async function viewProgram(context: Reading, id: string): Promise<ProgramView | null> {
  const { programs, senders } = await readPrograms(context.store);
  const program = programs.find((known) => known.id === id);
  if (program === undefined) return null;
  const [counts, stopped] = await Promise.all([subscribers(context), stoppedAmong(context, senders)]);
  const { say } = context.catalog.current();
  return {
    program,
    standing: programStanding({ program, say, stopped }),
    subscribed: counts === null ? null : (counts.get(id) ?? 0),
    texts: program.languages.map((language) => ({ language, texts: programTexts(program, language, say) })),
    senders: senders.map((sender) => ({ ...sender, isStopped: stopped.includes(sender.number) })),
  };
}

async function subscribers({ store }: Pick<AppContext, 'store'>): Promise<Map<string, number> | null> {
  try {
    return await countSubscribers(store, COUNT_MS);
  } catch (error) {
    if (isTimeLimit(error)) return null;
    throw error;
  }
}

async function stoppedAmong(
  { store }: Pick<AppContext, 'store'>,
  senders: readonly Sender[],
): Promise<string[]> {
  const health = await Promise.all(senders.map(({ number }) => readSenderHealth(store, number)));
  return senders.flatMap(({ number }, at) => (health[at]?.stopped == null ? [] : [number]));
}
