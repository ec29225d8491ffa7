import { seededDraws, seededHash } from '../../../src/simulator/behaviours.ts';
import type { ScenarioSize } from '../scenario.ts';
import { FIRST_TOPIC, KEYWORDS, type ProgramId } from './programs.ts';
import { type ActSequence, pendingScene, scene } from './scenes.ts';

/** How somebody stands when the campaigns begin. Only `subscribed` may get them. */
export type Standing = 'subscribed' | 'pending' | 'refused' | 'gone';

/** One person of a step: what they joined, what is planned for them, and what they will do meanwhile. */
export type Person = {
  number: string;
  programs: ProgramId[];
  standing: Standing;
  /** Words of signing up, in order, each with the number it goes to. */
  signUp: { to: ProgramId; body: string }[];
  rows: PlannedRow[];
  lines: ActSequence[];
};

export type PlannedRow = {
  program: ProgramId;
  topic: string;
  class: 'marketing' | 'transactional';
  /** Part of the campaign: planned while the earlier ones fly. */
  slice: number;
  /** Carries somebody else's number, which must never be written to. */
  astray: boolean;
  /** How many segments its text takes. */
  parts: number;
};

export type StepSize = Pick<ScenarioSize, 'people' | 'rows' | 'stopping'>;

export const SLICES = 6;

/** Most parts of a planned message. */
const LONGEST = 3;

/** Behind the numbers of the seed's senders: whoever has one of those would be texted by themselves. */
const FIRST_SERIAL = 1_000_000;

/** Everybody of one step: depends on the seed and the step's number alone. */
export function peopleOf(seed: number, step: number, size: StepSize): Person[] {
  const draw = seededDraws(seededHash(seed, `cast ${step}`));
  return Array.from({ length: size.people }, (_, at) => personOf(draw, step * size.people + at, size));
}

function personOf(draw: () => number, serial: number, { rows, stopping }: StepSize): Person {
  const stylist = draw() < 0.08;
  // By their prefix the carrier knows whose receipts to lose: a stylist's pace follows from them.
  const number = `+155${stylist ? 6 : 5}${FIRST_SERIAL + serial}`;
  const programs: ProgramId[] = stylist ? ['stylist'] : draw() < 0.35 ? ['deals', 'orders'] : ['deals'];
  const standing = standingOf(draw());
  return {
    number,
    programs,
    standing,
    signUp: programs.flatMap((program) => signUpOf(program, standing)),
    rows: Array.from({ length: stylist ? Math.ceil(rows / 4) : rows }, () => rowOf(draw, programs)),
    lines: linesOf(draw, standing, programs, stopping / 100),
  };
}

function linesOf(
  draw: () => number,
  standing: Standing,
  programs: readonly ProgramId[],
  stopping: number,
): ActSequence[] {
  if (standing === 'subscribed') return scene(draw, programs, stopping);
  return standing === 'pending' ? pendingScene(draw, programs, stopping) : [];
}

function standingOf(at: number): Standing {
  if (at < 0.9) return 'subscribed';
  return at < 0.95 ? 'pending' : at < 0.97 ? 'refused' : 'gone';
}

function signUpOf(to: ProgramId, standing: Standing): Person['signUp'] {
  const words: Record<Standing, string[]> = {
    subscribed: ['YES'],
    pending: [],
    refused: ['NO'],
    gone: ['YES', 'STOP'],
  };
  return [KEYWORDS[to], ...words[standing]].map((body) => ({ to, body }));
}

function rowOf(draw: () => number, programs: readonly ProgramId[]): PlannedRow {
  const program = programs[draw() < 0.8 ? 0 : programs.length - 1] ?? 'deals';
  return {
    program,
    topic: FIRST_TOPIC[program],
    class: program === 'orders' ? 'transactional' : 'marketing',
    slice: Math.floor(draw() * SLICES),
    astray: draw() < 0.004,
    parts: draw() < 0.9 ? 1 : 2 + Math.floor(draw() * (LONGEST - 1)),
  };
}
