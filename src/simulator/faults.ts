import {
  type Behaviour,
  type Behaviours,
  drawAt,
  type Effect,
  findEffect,
  type NumberedRule,
  seededHash,
  type Touchpoint,
} from './behaviours.ts';
import type { SimulatedCarrier } from './carrier.ts';
import type { SimulatorCall } from './http-call.ts';
import { RestError } from './rest-errors.ts';

const NO_EFFECTS: readonly Effect[] = [];

/**
 * The effects that hit this event of this person. A rule with a share draws for each event; the draw depends
 * on the seed, the rule, the person, the status and how many such events came before, never on other people,
 * so that it is the same in every run, however the traffic is interleaved.
 */
export function effectsOn(
  carrier: SimulatedCarrier,
  on: Touchpoint,
  person: string,
  status?: string,
): readonly Effect[] {
  const rules = rulesFor(carrier.behaviours, person);
  if (rules.length === 0) return NO_EFFECTS;
  return rules
    .filter(
      ({ rule, index }) =>
        rule.on === on &&
        (rule.match.prefix === undefined || person.startsWith(rule.match.prefix)) &&
        (rule.match.status === undefined || rule.match.status === status) &&
        (rule.match.share === undefined ||
          drawFor(carrier, rule, `${index} ${person} ${status}`) < rule.match.share),
    )
    .map(({ rule }) => rule.effect);
}

function rulesFor({ byNumber, forAnyone }: Behaviours, person: string): readonly NumberedRule[] {
  const own = byNumber.get(person);
  return own === undefined ? forAnyone : [...own, ...forAnyone].sort((a, b) => a.index - b.index);
}

/** What a number is does not change between two looks, so one draw decides; whether a call fails is drawn each time. */
function drawFor(carrier: SimulatedCarrier, { effect: { kind } }: Behaviour, event: string): number {
  if (kind === 'line') return drawAt(seededHash(carrier.options.seed, event), 0);
  return draw(carrier, event);
}

function draw(carrier: SimulatedCarrier, event: string): number {
  const { drawCounts } = carrier.behaviours;
  const hash = seededHash(carrier.options.seed, event);
  const count = drawCounts.get(hash) ?? 0;
  drawCounts.set(hash, count + 1);
  return drawAt(hash, count);
}

/**
 * Stops a call before anything is done, where the effects say so.
 * @throws RestError for a refusal, a 429, and a 5xx whose message is not made all the same.
 */
export function throwRefusal(effects: readonly Effect[]): void {
  if (findEffect(effects, 'http429')) throw new RestError(20429);
  const refused = findEffect(effects, 'errorSync');
  if (refused) throw new RestError(refused.code, refused.status);
  const failure = findEffect(effects, 'http5xx');
  if (failure && !failure.accepted) throw serverError(failure.status);
}

export function serverError(status: number): RestError {
  return new RestError(status === 503 ? 20503 : 20500, status);
}

/** Breaks the connection after `ms` without having answered. */
export async function hangUpAfter(carrier: SimulatedCarrier, call: SimulatorCall, ms: number): Promise<void> {
  await carrier.timers.wait(ms);
  call.request.socket.destroy();
}

/** Answers a GET about a person's messages, or goes wrong as the behaviours say. */
export function readWithFaults(
  carrier: SimulatedCarrier,
  call: SimulatorCall,
  person: string,
  run: () => void,
): Promise<void> {
  return runWithFaults(carrier, call, effectsOn(carrier, 'read', person), run);
}

/** Answers a call that makes nothing, or goes wrong as the effects say. */
export async function runWithFaults(
  carrier: SimulatedCarrier,
  call: SimulatorCall,
  effects: readonly Effect[],
  run: () => void,
): Promise<void> {
  throwRefusal(effects);
  const hang = findEffect(effects, 'hang');
  if (hang) return hangUpAfter(carrier, call, hang.ms);
  const delay = findEffect(effects, 'delay');
  if (delay && !(await carrier.timers.wait(delay.ms))) return void call.request.socket.destroy();
  run();
}
