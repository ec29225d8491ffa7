import type { OptIn } from '../../../src/consent/opt-in-and-out.ts';
import type { Language } from '../../../src/domain/program.ts';
import { DAY_MS } from './character.ts';
import { type Draw, pick, weighted } from './drawing.ts';

/** One act of somebody's past. `at`: ms since the epoch. */
export type Act = { at: number } & (
  | { do: 'join'; program: string }
  | { do: 'ask'; program: string; channel: OptIn['channel']; origin: Record<string, string> }
  | { do: 'answer'; program: string; yes: boolean }
  | { do: 'text'; program: string; body: string }
  /** Nobody answered in time. */
  | { do: 'expire' }
);

/** How far back a story goes, days: about as far as the word lists do. */
const LONGEST_DAYS = 580;

/** A question is answered within minutes, sometimes hours; it stands for three days. */
const answerAfter = (draw: Draw): number => 20_000 + draw() ** 6 * 40 * 3_600_000;
const OPEN_MS = 72 * 3_600_000;

/** What became of people, of a hundred. Whoever was only told of, `untold`, never had to do with consent. */
const OUTCOMES = [
  [6, 'untold'],
  [1.5, 'asked-lately'],
  [3, 'silent'],
  [1.5, 'refused'],
  [76, 'subscribed'],
  [6, 'stopped'],
  [1.5, 'came-back'],
  [1.5, 'one-topic-less'],
  [2, 'paused'],
  [0.5, 'held'],
] as const;

type Outcome = (typeof OUTCOMES)[number][1];

/** Texts in somebody's own words, each read by the product itself. */
const STOPS: Record<Language, string[]> = {
  en: ['STOP', 'Stop', 'UNSUBSCRIBE', 'please stop texting me', 'take me off this list please'],
  es: ['STOP', 'ALTO', 'CANCELAR'],
  fr: ['STOP', 'ARRET'],
};
const UNSURE = ['these texts are annoying', 'too many texts', 'i dont want this'];

export type Who = { canadian: boolean; language: Language };
export type Story = { since: Date; acts: Act[] };

/** What somebody did, oldest first. Canadians text the long code: they cannot reach a short code of the US. */
export function storyOf(draw: Draw, { canadian, language }: Who, now: Date): Story {
  const outcome: Outcome = weighted(draw, OUTCOMES);
  const age = outcome === 'asked-lately' ? draw() * 2 : 4 + draw() ** 1.4 * (LONGEST_DAYS - 4);
  const since = now.getTime() - age * DAY_MS;
  const story = (acts: Act[]): Story => ({ since: new Date(since), acts });
  if (outcome === 'untold') return story([]);
  const program = canadian || draw() < 0.04 ? 'stylist' : draw() < 0.08 ? 'orders' : 'deals';
  const asked = asking(draw, program, since);
  if (outcome === 'asked-lately') return story([asked]);
  if (outcome === 'silent') return story([asked, { at: since + OPEN_MS + 30_000, do: 'expire' }]);
  const answered = since + answerAfter(draw);
  if (outcome === 'refused') return story([asked, { at: answered, do: 'answer', program, yes: false }]);
  const acts: Act[] = [asked, { at: answered, do: 'answer', program, yes: true }];
  if (program === 'deals') acts.push(...choosing(draw, answered));
  const later = between(draw, (acts.at(-1) as Act).at, now.getTime());
  return story([...acts, ...ending(draw, outcome, { program, language, later, now })]);
}

/** By text most of the time; the other doors leave what they know of the act. */
function asking(draw: Draw, program: string, at: number): Act {
  const door = draw();
  if (door < 0.8) return { at, do: 'join', program };
  if (door < 0.95) {
    const page = `https://fernway.example/${pick(draw, ['join', 'checkout', 'spring'])}`;
    const ip = `198.51.100.${Math.floor(draw() * 256)}`;
    const origin = { page_url: page, ip, user_agent: 'Mozilla/5.0', checkbox: 'true' };
    return { at, do: 'ask', program, channel: 'WEB_FORM', origin };
  }
  const origin = { agent: `Desk ${Math.ceil(draw() * 9)}`, call_id: `call-${at % 1e7}`, script_version: '3' };
  return { at, do: 'ask', program, channel: 'VERBAL', origin };
}

/** A third turns on what else the menu offers, a tenth joins the second program on the same number. */
function choosing(draw: Draw, after: number): Act[] {
  const acts: Act[] = [];
  let at = after;
  const soon = (): number => {
    at += 30_000 + draw() * 600_000;
    return at;
  };
  if (draw() < 0.33) {
    const body = pick(draw, ['2', '3', '2 3', 'NEWS', 'EVENTS']);
    acts.push({ at: soon(), do: 'text', program: 'deals', body });
  }
  if (draw() < 0.1) {
    acts.push({ at: soon(), do: 'join', program: 'orders' });
    acts.push({ at: soon(), do: 'answer', program: 'orders', yes: true });
  }
  return acts;
}

type Late = { program: string; language: Language; later: number; now: Date };

function ending(draw: Draw, outcome: Outcome, { program, language, later, now }: Late): Act[] {
  const text = (at: number, body: string): Act => ({ at, do: 'text', program, body });
  const lately = (days: number): number => now.getTime() - draw() * days * DAY_MS;
  if (outcome === 'stopped') return [text(later, pick(draw, STOPS[language]))];
  if (outcome === 'came-back') {
    const back = between(draw, later, now.getTime());
    const answer: Act = { at: back + 45_000, do: 'answer', program, yes: true };
    return [text(later, 'STOP'), { at: back, do: 'join', program }, answer];
  }
  if (outcome === 'one-topic-less') return program === 'deals' ? [text(later, 'STOP DEALS')] : [];
  if (outcome === 'paused') return [text(Math.max(later, lately(25)), 'PAUSE 30')];
  // Five business days later a hold ends by itself.
  return outcome === 'held' ? [text(Math.max(later, lately(3)), pick(draw, UNSURE))] : [];
}

/** Not close to either end: what follows has its time. */
const between = (draw: Draw, from: number, to: number): number => from + (0.05 + 0.85 * draw()) * (to - from);
