import { seededDraws, seededHash } from '../../../src/simulator/behaviours.ts';
import type { ScenarioSize } from '../scenario.ts';
import { FIRST_TOPIC, KEYWORDS, type ProgramId } from './programs.ts';
import { type ActSequence, pendingScene, scene } from './scenes.ts';

/** The consent of a person when the campaigns begin. Only `subscribed` people may get messages. */
export type Standing = 'subscribed' | 'pending' | 'refused' | 'gone';

/** One person of a step: their programs, their planned messages, and their acts during the flight. */
export type Person = {
  number: string;
  programs: ProgramId[];
  standing: Standing;
  /** Texts of the sign-up, in order, each with its number. */
  signUp: { to: ProgramId; body: string }[];
  rows: PlannedRow[];
  lines: ActSequence[];
};

export type PlannedRow = {
  program: ProgramId;
  topic: string;
  class: 'marketing' | 'transactional';
  /** The slice of the campaign. Later slices are planned while earlier ones are being sent. */
  slice: number;
  /** The row carries the number of somebody else, which must never get a message. */
  astray: boolean;
  /** How many segments its text takes. */
  parts: number;
};

export type StepSize = Pick<ScenarioSize, 'people' | 'rows' | 'stopping'>;

export const SLICES = 6;

/** Most parts of a planned message. */
const LONGEST = 3;

/** Serial numbers start after the demo's own senders, so that nobody texts themselves. */
const FIRST_SERIAL = 1_000_000;

/** All people of one step. They depend only on the seed and the number of the step. */
export function peopleOf(seed: number, step: number, size: StepSize): Person[] {
  const draw = seededDraws(seededHash(seed, `cast ${step}`));
  return Array.from({ length: size.people }, (_, at) => personOf(draw, step * size.people + at, size));
}

function personOf(draw: () => number, serial: number, { rows, stopping }: StepSize): Person {
  const stylist = draw() < 0.08;
  // The carrier loses receipts by prefix. The rate of a stylist's sender depends on receipts, so stylists have a prefix of their
  // own.
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
