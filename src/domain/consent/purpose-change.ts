import type { Program } from '../program.ts';

/**
 * Why a program that people are in cannot be saved like this: a topic that goes on is for another purpose, and whoever chose
 * it agreed to the one before. None where no purpose changes.
 */
export function purposeFaults(before: Program, after: Program): string[] {
  return after.topics.flatMap(({ id, purpose }, place) => {
    const old = before.topics.find((one) => one.id === id);
    if (old === undefined || old.purpose === purpose) return [];
    return `topics.${place}.purpose: people are in the program, and who chose "${id}" agreed to it as ${old.purpose}. Say ${old.purpose}, or save it as another topic, which they can choose.`;
  });
}
