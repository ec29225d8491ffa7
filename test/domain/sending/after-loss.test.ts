import { expect } from 'chai';
import {
  absenceOf,
  mayGoOn,
  type SpoolReport,
  WAITED_MS,
} from '../../../src/domain/sending/database-outage.ts';

const BACK = new Date('2026-05-04T15:00:00Z');
const AWAY_MS = 60_000;
const after = (ms: number): Date => new Date(BACK.getTime() + ms);
const report = (ms: number, spooled = 0): SpoolReport => ({ at: after(ms), spooled, silence: null });
const spokeAgain = (ms: number, from: number, until = ms): SpoolReport => ({
  ...report(ms),
  silence: { from: after(from), until: after(until) },
});

describe('marketing after a loss of the database', () => {
  type Case = { title: string; reports: SpoolReport[]; lost?: number; now?: number; goesOn: boolean };
  const table: Case[] = [
    { title: 'goes on at once where there is no web process', reports: [], goesOn: true },
    { title: 'waits for one that said nothing since', reports: [report(-1)], goesOn: false },
    { title: 'waits for one that spoke as the database came back', reports: [report(0)], goesOn: false },
    { title: 'waits for one whose spool holds a text', reports: [report(500, 1)], goesOn: false },
    { title: 'goes on once it is empty', reports: [report(500)], goesOn: true },
    { title: 'waits for the last of them', reports: [report(500), report(-2000)], goesOn: false },
    {
      // While the database is away nobody can say anything: that alone makes nobody gone.
      title: 'waits for one that spoke last before a long loss',
      reports: [report(500), report(-AWAY_MS - 2000)],
      lost: AWAY_MS,
      goesOn: false,
    },
    {
      title: 'waits for no process that was silent before the loss',
      reports: [report(500), report(-AWAY_MS - WAITED_MS)],
      lost: AWAY_MS,
      goesOn: true,
    },
    {
      title: 'waits for one that spoke just within that time',
      reports: [report(500), report(-AWAY_MS - WAITED_MS + 1)],
      lost: AWAY_MS,
      goesOn: false,
    },
    { title: 'waits to the end of its time', reports: [report(500, 1)], now: WAITED_MS - 1, goesOn: false },
    { title: 'goes on after it', reports: [report(500, 1)], now: WAITED_MS, goesOn: true },
  ];
  for (const { title, reports, lost = 0, now = 1000, goesOn } of table) {
    it(`${title}`, () => {
      expect(mayGoOn(absenceOf(BACK, lost, reports), after(now), reports)).to.equal(goesOn);
    });
  }
});

describe('marketing of a worker that starts', () => {
  type Case = { title: string; first: SpoolReport[]; later?: SpoolReport[]; goesOn: boolean };
  const table: Case[] = [
    { title: 'goes on at once where there is no web process', first: [], goesOn: true },
    { title: 'waits for a word of those that live', first: [report(-900), report(-200)], goesOn: false },
    {
      title: 'goes on once they have spoken',
      first: [report(-900), report(-200)],
      later: [report(100), report(800)],
      goesOn: true,
    },
    {
      title: 'waits for no process that fell silent long before the others last spoke',
      first: [report(-900), report(-900 - WAITED_MS)],
      later: [report(100), report(-900 - WAITED_MS)],
      goesOn: true,
    },
    { title: 'waits where all were silent, as after an outage', first: [report(-AWAY_MS)], goesOn: false },
    {
      title: 'waits for the last of them after an outage, though another spoke before it started',
      first: [spokeAgain(-500, -AWAY_MS), report(-AWAY_MS - 1000)],
      later: [spokeAgain(500, -AWAY_MS, -500), report(-AWAY_MS - 1000)],
      goesOn: false,
    },
    {
      title: 'takes no silence for an outage that ended long ago',
      first: [spokeAgain(-500, -3 * AWAY_MS, -WAITED_MS), report(-AWAY_MS)],
      later: [spokeAgain(500, -3 * AWAY_MS, -WAITED_MS), report(-AWAY_MS)],
      goesOn: true,
    },
  ];
  for (const { title, first, later = first, goesOn } of table) {
    it(`${title}`, () => {
      expect(mayGoOn(absenceOf(BACK, 0, first), after(1000), later)).to.equal(goesOn);
    });
  }
});
