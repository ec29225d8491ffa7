import { commandCampaign, saveDraft } from '../../campaigns/campaigns.ts';
import { numbersWaiting } from '../../campaigns/progress.ts';
import type { AppContext } from '../../consent/app-context.ts';
import { programNamed } from '../../consent/programs/catalog.ts';
import type { CampaignTick } from '../../contacts/handset.ts';
import { tripSentence } from '../../domain/campaigns/auto-pause.ts';
import { saveTemplate } from '../../templates/save-template.ts';
import { RACE, raceNumber, SHOP } from './cast.ts';
import { PHONES } from './offer.ts';
import type { CarrierLine, SimulatorClient } from './simulator-client.ts';

/** A campaign to 500 people, and the STOPs that race against it. */
export type Race = {
  id: string;
  /** The line of the carrier's record after which the race began. */
  after: number;
  /** Numbers from which STOP was texted, and how many of these texts were answered. */
  stopped: string[];
  answered: number;
  /** How many messages were sent after the STOP of their person was answered, when last counted at the carrier. */
  late: number;
  countedAt: number;
  isCounted: boolean;
};

/** Three parts long, so that 500 of them take about fifteen seconds at 100 parts a second. */
const WORDS = {
  en: '{brand}: today only, 20% off every coat 🧥 in all our stores and online. Come by before 8 tonight, bring a friend, and both of you save. See you soon! Reply STOP to end',
  es: '{brand}: solo hoy, 20% de descuento en cada abrigo 🧥 en todas las tiendas y en línea. Ven antes de las 8, trae a alguien y ahorran los dos. Responde STOP para salir',
};

/** Words of the campaign that no answer to a STOP has. */
const MARK = '🧥';

const TEMPLATE = 'phones-race';

/** The id of a new campaign from the phones. */
export const newRaceId = (now: Date): string => `phones-${now.getTime().toString(36)}`;

/**
 * Starts the campaign. Throws `CommandRefused` and the like where the use cases refuse it, and leaves the draft, which
 * a repeat with the same id saves again.
 */
export async function startRace(context: AppContext, simulator: SimulatorClient, id: string): Promise<Race> {
  const after = (await simulator.linesAfter(0)).at(-1)?.seq ?? 0;
  const actor = PHONES;
  const program = programNamed(context.catalog.current().book, SHOP.program);
  await saveTemplate(context, { actor, id: TEMPLATE, program, texts: WORDS, media: [] });
  await saveDraft(context, {
    times: { at: null, deadline: null, hasWhen: false },
    actor,
    id,
    name: `Coats, from the phones ${context.now().toISOString().slice(11, 19)}`,
    program: SHOP.program,
    topic: SHOP.topic,
    template: TEMPLATE,
    segment: { kind: 'list', oneOf: [RACE.list] },
    capped: 'skip',
  });
  const order = { at: null, deadline: null, local: null, spreadMs: 0, repeat: null, everyone: false };
  await commandCampaign(context, { actor, id, command: { kind: 'start', order } });
  return { id, after, stopped: [], answered: 0, late: 0, countedAt: 0, isCounted: false };
}

/** STOPs on their way at once. */
const AT_ONCE = 8;

/**
 * Lets people text STOP who still wait for the campaign. Resolves once it is known who; the texts go on after that.
 * Returns how many they are.
 */
export async function stopSome(
  context: AppContext,
  simulator: SimulatorClient,
  race: Race,
): Promise<{ count: number; texted: Promise<void> }> {
  const all = Array.from({ length: RACE.people }, (_, at) => raceNumber(at));
  const waiting = await numbersWaiting(context, race.id, all);
  const free = waiting.filter((number) => !race.stopped.includes(number));
  // Spread over all who wait, so that some are next in the queue and others last.
  const step = Math.max(1, Math.floor(free.length / RACE.stops));
  const chosen = free.filter((_, at) => at % step === 0).slice(0, RACE.stops);
  race.stopped.push(...chosen);
  race.isCounted = false;
  const left = [...chosen];
  const textOn = async (): Promise<void> => {
    for (let number = left.shift(); number !== undefined; number = left.shift()) {
      const { status } = await simulator.text(number, SHOP.number, 'STOP');
      if (status === 200) race.answered += 1;
    }
  };
  const texted = Promise.all(Array.from({ length: AT_ONCE }, textOn)).then(() => undefined);
  return { count: chosen.length, texted };
}

/** Resumes the campaign after it paused itself. */
export async function resumeRace(context: AppContext, { id }: Race): Promise<void> {
  const command = { kind: 'resume' as const, note: 'Resumed from the phones of the demo' };
  await commandCampaign(context, { actor: PHONES, id, command });
}

/** Messages of the campaign that the carrier got after it had the answer to that person's STOP. */
function sentTooLate(lines: readonly CarrierLine[]): number {
  const answered = new Map<string, bigint>();
  for (const { kind, body, from, answeredAt, httpStatus } of lines) {
    const isStop = kind === 'inbound' && body === 'STOP' && httpStatus === 200;
    if (isStop && from !== null && answeredAt !== null && !answered.has(from)) answered.set(from, answeredAt);
  }
  return lines.filter(({ kind, to, body, begunAt }) => {
    const at = answered.get(to ?? '');
    return kind === 'create' && at !== undefined && begunAt > at && (body ?? '').includes(MARK);
  }).length;
}

/** What the page says about the race. The figures add up to the last one; each leads to exactly its messages. */
export type RaceView = {
  pause: string | null;
  figures: RaceFigure[];
  /** How many people texted STOP while it ran, and how many of these were answered. */
  stopped: number;
  answered: number;
  late: number;
  isOver: boolean;
};

/** `href`: null where no message stands behind the figure yet. */
type RaceFigure = { label: string; count: number; href: string | null };

/** How often the carrier's record is read while a race runs, ms: it is long. */
const COUNT_EVERY_MS = 2500;

/** `campaign`: how far it is. */
export async function readRace(
  context: Pick<AppContext, 'monotonic'>,
  simulator: SimulatorClient,
  { race, campaign }: { race: Race; campaign: CampaignTick },
): Promise<RaceView> {
  const view = raceView(campaign, race);
  const isDue = context.monotonic() - race.countedAt >= COUNT_EVERY_MS;
  if (race.isCounted || !isDue) return view;
  race.countedAt = context.monotonic();
  race.late = sentTooLate(await simulator.linesAfter(race.after));
  race.isCounted = view.isOver && race.answered === race.stopped.length;
  return { ...view, late: race.late };
}

/** The states of messages behind each figure; with those that wait, each state is in one. */
const FIGURES = [
  { label: 'got it', states: ['delivered'] },
  { label: 'had said STOP first', states: ['canceled', 'skipped'] },
  { label: 'with the carrier', states: ['sending', 'accepted', 'sent'] },
  { label: 'wait', states: ['planned'] },
  { label: 'failed or unknown', states: ['failed', 'undelivered', 'expired', 'unknown'] },
] as const;

const QUIET_WHEN_NONE: readonly string[] = ['failed or unknown', 'with the carrier', 'wait'];

function raceView(
  { state, trip, rows, isPlanned }: CampaignTick,
  { id, stopped, answered, late }: Pick<Race, 'answered' | 'id' | 'late' | 'stopped'>,
): RaceView {
  const sum = (states: readonly (keyof typeof rows)[]): number =>
    states.reduce((all, each) => all + rows[each], 0);
  const planned = FIGURES.reduce((all, { states }) => all + sum(states), 0);
  const total = isPlanned ? planned : Math.max(planned, RACE.people);
  const isOver = isPlanned && sum(['planned', 'sending', 'accepted', 'sent']) === 0;
  const base = `/console/sent?campaign=${id}`;
  const figures = FIGURES.map(({ label, states }): RaceFigure => {
    const found = sum(states);
    // People whose message is not planned yet wait, too; no row stands behind them.
    const count = label === 'wait' ? found + total - planned : found;
    const isExact = count === found && count > 0;
    return { label, count, href: isExact ? `${base}&state=${states.join(',')}` : null };
  }).filter(({ count, label }) => count > 0 || !QUIET_WHEN_NONE.includes(label));
  const all = { label: 'in all', count: total, href: total === planned ? base : null };
  const isPaused = state === 'paused' && trip != null;
  return {
    pause: isPaused ? tripSentence(trip) : null,
    figures: [...figures, all],
    ...{ stopped: stopped.length, answered, late, isOver },
  };
}
