import { z } from 'zod';
import { ProgramRefused, saveProgram } from '../../consent/save-program.ts';
import { programById } from '../../domain/program.ts';
import { letAttemptsEnd } from '../../sending/quench.ts';
import { readBook } from '../../store/consent/book.ts';
import { isDuplicateKey } from '../../store/database-failure.ts';
import { slug } from '../fields.ts';
import { cut, page, paging } from '../paging.ts';
import { Problem, unusable } from '../problem.ts';
import type { Call } from '../route.ts';
import { answerOf, programAnswer, type programBody, programOf } from './program-shape.ts';

export const programParams = z.strictObject({ id: slug });
export const programsQuery = z.strictObject(paging('programs', /^[\w-]{1,40}$/));
export const programsAnswer = page(programAnswer);

export async function listPrograms({ desk, query }: Call<{ query: typeof programsQuery }>) {
  const { programs } = await readBook(desk.store);
  const after = query.cursor ?? '';
  const later = programs.filter((program) => program.id > after);
  const { rows, next_cursor } = cut('programs', later, query.limit, (program) => program.id);
  return { items: rows.map(answerOf), next_cursor };
}

export async function showProgram({ desk, params }: Call<{ params: typeof programParams }>) {
  const program = programById(await readBook(desk.store), params.id);
  if (program === null) throw new Problem('not-found', 'There is no program of this id.');
  return answerOf(program);
}

type Put = Call<{ params: typeof programParams; body: typeof programBody }>;

/** Saves a program whole; answers once nothing is on its way that was decided before. The same request twice leaves what one leaves. */
export async function putProgram({ desk, templates, key, params, body }: Put) {
  const program = programOf(params.id, body);
  const senders = new Set((await readBook(desk.store)).senders.map(({ number }) => number));
  const at = program.numbers.findIndex((number) => !senders.has(number));
  if (at >= 0) throw unusable(`numbers.${at}`, 'There is no sender of this number.');
  try {
    await saveProgram(desk.store, templates, program, desk.now());
  } catch (error) {
    throw refusalOf(error);
  }
  await desk.catalog.refresh();
  await letAttemptsEnd(desk.store, { numbers: program.numbers, program: program.id }, desk.monotonic);
  desk.log.info({ key: key.id, program: program.id }, 'a program was saved');
  return answerOf(program);
}

function refusalOf(error: unknown): unknown {
  if (error instanceof ProgramRefused) {
    return new Problem('unprocessable', 'The program was not saved.', { errors: [...error.faults] });
  }
  return isDuplicateKey(error)
    ? new Problem('conflict', 'Another program took one of its words at the same moment. Read it again.')
    : error;
}
