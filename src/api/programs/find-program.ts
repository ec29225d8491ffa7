import { type Book, type Program, programById, type Topic } from '../../domain/program.ts';
import { unusable } from '../problem.ts';

/** The program that a request names in a field. Throws a `Problem` that names the field. */
export function findProgram(book: Book, id: string, field = 'program'): Program {
  const program = programById(book, id);
  if (program === null) throw unusable(field, 'There is no such program.');
  return program;
}

/** Throws a `Problem` that names the field. */
export function findTopic(program: Program, id: string, field = 'topic'): Topic {
  const topic = program.topics.find((one) => one.id === id);
  if (topic === undefined) throw unusable(field, 'The program has no such topic.');
  return topic;
}
