import type { Scope } from '../../../src/domain/consent/suppression.ts';
import { KEYWORDS, type ProgramId } from './programs.ts';

/** One act of a person, or one act about them. */
export type ScriptedAct =
  | { do: 'text'; to: ProgramId; body: string }
  /** The carrier posts the last text once more. */
  | { do: 'again' }
  | { do: 'opt-out'; web: 0 | 1; scopes: Scope[] }
  | { do: 'message'; web: 0 | 1; program: ProgramId }
  | { do: 'opt-in'; web: 0 | 1; program: ProgramId }
  /** Staff answers the last text of the person that no rule knew. */
  | { do: 'staff-answer'; web: 0 | 1 };

/** Acts of one person that follow one another. Several sequences of one person run at the same time. */
export type ActSequence = {
  /** When the sequence begins, as a share of the flight. */
  at: number;
  moves: ScriptedAct[];
};

/** Texts that are opt-outs, and their scope. No sequence uses another. */
const STOP_BODIES: Record<string, Scope> = {
  STOP: 'all',
  UNSUBSCRIBE: 'all',
  'take me off this list please': 'all',
  'STOP DEALS': 'topic:deals/deals',
};

export const stopScope = (body: string): Scope | null => STOP_BODIES[body] ?? null;

/** Texts that may be an opt-out. Everything but replies stops until a person decides. No sequence uses another. */
export const HOLD_BODIES = ['who gave you my number', "i'm not interested"] as const;

export const holds = (body: string): boolean => (HOLD_BODIES as readonly string[]).includes(body);

/** No rule answers this text; it waits in the inbox for staff. */
export const UNKNOWN_BODY = 'where is my parcel';

/** One scene: opt-outs and holds in the middle of the flight, and what races them. */
type Scene = (at: number, to: ProgramId, draw: () => number) => ActSequence[];

const text = (to: ProgramId, body: string): ScriptedAct => ({ do: 'text', to, body });
const line = (at: number, ...moves: ScriptedAct[]): ActSequence => ({ at, moves });

/** A moment later: about as long as a row is claimed before it leaves. */
const soon = (draw: () => number): number => draw() * 0.015;

const other = (to: ProgramId): ProgramId => (to === 'deals' ? 'orders' : 'deals');
const webOf = (draw: () => number): 0 | 1 => (draw() < 0.5 ? 0 : 1);
const hold = (to: ProgramId, draw: () => number): ScriptedAct => text(to, HOLD_BODIES[draw() < 0.5 ? 0 : 1]);
const answered = (to: ProgramId, draw: () => number): ScriptedAct[] => [
  text(to, UNKNOWN_BODY),
  { do: 'staff-answer', web: webOf(draw) },
];
/** An opt-in by the API. Its question is sent while the next acts happen. */
const asked = (program: ProgramId, draw: () => number): ScriptedAct => ({
  do: 'opt-in',
  web: webOf(draw),
  program,
});
const optOut = (draw: () => number, ...scopes: Scope[]): ScriptedAct => ({
  do: 'opt-out',
  web: webOf(draw),
  scopes,
});

const SCENES: readonly (readonly [weight: number, scene: Scene])[] = [
  [18, (at, to) => [line(at, text(to, 'STOP'))]],
  [8, (at, to) => [line(at, text(to, 'take me off this list please'))]],
  [4, (at, to) => [line(at, text(to, 'UNSUBSCRIBE'), text(to, 'STOP'))]],
  [20, (at, to, draw) => [line(at, text(to, 'STOP')), line(at + soon(draw), text(other(to), 'STOP'))]],
  [6, (at, to) => [line(at, text(to, 'STOP'), { do: 'again' })]],
  [9, (at, to, draw) => [line(at, text(to, 'STOP')), line(at + soon(draw), optOut(draw))]],
  [9, (at, _to, draw) => [line(at, optOut(draw)), line(at + soon(draw), optOut(draw))]],
  [6, (at, _to, draw) => [line(at, optOut(draw, 'program:deals'))]],
  [4, (at, _to, draw) => [line(at, optOut(draw, 'topic:deals/deals'), optOut(draw))]],
  [6, (at) => [line(at, text('deals', 'STOP DEALS'))]],
  [4, (at, to) => [line(at, text(to, 'STOP'), text(to, KEYWORDS[to]), text(to, 'YES'), text(to, 'STOP'))]],
  [3, (at, to) => [line(at, text(to, 'STOP')), line(at, text(to, KEYWORDS[to]), text(to, 'YES'))]],
  [3, (at, to, draw) => [line(at, text(to, 'STOP'), asked(to, draw))]],
  [4, (at, _to, draw) => [line(at, asked('orders', draw), optOut(draw, 'topic:orders/orders'))]],
  [3, (at, to, draw) => [line(at, asked('orders', draw)), line(at + soon(draw), text(to, 'STOP'))]],
  [3, (at, to) => [line(at, text(to, 'STOP'), text(to, 'START'), text(to, 'YES'), text(to, 'STOP'))]],
  [2, (at, to) => [line(at, text(to, 'STOP')), line(at, text(to, 'START'), text(to, 'YES'))]],
  // A topic of a program that the person has left is not turned on.
  [3, (at) => [line(at, text('deals', 'STOP'), text('deals', '2'))]],
  [2, (at, _to, draw) => [line(at, text('deals', 'STOP')), line(at + soon(draw), text('deals', '2'))]],
  [4, (at, to, draw) => [line(at, ...answered(to, draw)), line(at + soon(draw), text(to, 'STOP'))]],
  [5, (at, to, draw) => [line(at, ...answered(to, draw), text(to, 'STOP'))]],
  [3, (at, to, draw) => [line(at, text(to, 'STOP'), ...answered(to, draw))]],
  [7, (at, to, draw) => [line(at, hold(to, draw), { do: 'message', web: webOf(draw), program: to })]],
  [4, (at, to, draw) => [line(at, hold(to, draw)), line(at + soon(draw), text(to, 'STOP'))]],
  [3, (at, to, draw) => [line(at, ...answered(to, draw)), line(at + soon(draw), hold(to, draw))]],
];

/** Scenes of people who were asked when they joined and have not answered: a STOP, and a YES before, beside or after it. */
const PENDING: readonly Scene[] = [
  (at, to) => [line(at, text(to, 'STOP'), text(to, 'YES'))],
  (at, to, draw) => [line(at, text(to, 'STOP')), line(at + soon(draw), text(to, 'YES'))],
  (at, to, draw) => [line(at, text(to, 'YES')), line(at + soon(draw), text(to, 'STOP'))],
  (at, to, draw) => [line(at, optOut(draw)), line(at + soon(draw), text(to, 'YES'))],
];

/** Other acts: known words, and messages that the API orders. */
const NOISE: readonly Scene[] = [
  (at, to) => [line(at, text(to, 'HELP'))],
  (at, to) => [line(at, text(to, 'MENU'), text(to, '2'))],
  (at, to) => [line(at, text(to, 'WHY'))],
  (at, to) => [line(at, text(to, '3'))],
  (at, to, draw) => [line(at, { do: 'message', web: webOf(draw), program: to })],
];

const NOISY = 0.45;

/** The acts of one subscriber during the flight. `stopping`: the share of people who opt out or may mean to. */
export function scene(draw: () => number, programs: readonly ProgramId[], stopping: number): ActSequence[] {
  const at = 0.04 + draw() * 0.86;
  const to = programs[Math.floor(draw() * programs.length)] ?? 'deals';
  const lines = draw() < stopping ? drawn(draw)(at, to, draw) : [];
  if (draw() >= NOISY) return lines;
  const noise = NOISE[Math.floor(draw() * NOISE.length)] as Scene;
  return [...lines, ...noise(Math.max(0, at + (draw() - 0.6) * 0.02), to, draw)];
}

/** The acts of a person who has joined and not confirmed. Half of them do nothing, and no marketing may reach them at any time. */
export function pendingScene(
  draw: () => number,
  programs: readonly ProgramId[],
  stopping: number,
): ActSequence[] {
  const at = 0.04 + draw() * 0.86;
  const to = programs[Math.floor(draw() * programs.length)] ?? 'deals';
  if (draw() >= stopping / 2) return [];
  return (PENDING[Math.floor(draw() * PENDING.length)] as Scene)(at, to, draw);
}

const WEIGHT = SCENES.reduce((sum, [weight]) => sum + weight, 0);

function drawn(draw: () => number): Scene {
  let left = draw() * WEIGHT;
  for (const [weight, scene] of SCENES) {
    left -= weight;
    if (left < 0) return scene;
  }
  throw new Error('no scene is left');
}
