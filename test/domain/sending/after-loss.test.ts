import { expect } from 'chai';
import { mayGoOn, type SpoolReport, WAITED_MS } from '../../../src/domain/sending/after-loss.ts';

const BACK = new Date('2026-05-04T15:00:00Z');
const after = (ms: number): Date => new Date(BACK.getTime() + ms);
const report = (ms: number, spooled = 0): SpoolReport => ({ at: after(ms), spooled });

describe('marketing after a loss of the database', () => {
  const table: { title: string; reports: SpoolReport[]; now?: number; goesOn: boolean }[] = [
    { title: 'goes on at once where there is no web process', reports: [], goesOn: true },
    { title: 'waits for one that said nothing since', reports: [report(-1)], goesOn: false },
    { title: 'waits for one that spoke as the database came back', reports: [report(0)], goesOn: false },
    { title: 'waits for one whose spool holds a text', reports: [report(500, 1)], goesOn: false },
    { title: 'goes on once it is empty', reports: [report(500)], goesOn: true },
    { title: 'waits for the last of them', reports: [report(500), report(-2000)], goesOn: false },
    { title: 'waits for no process that was silent before', reports: [report(-WAITED_MS)], goesOn: true },
    {
      title: 'waits for one that spoke just within that time',
      reports: [report(-WAITED_MS + 1)],
      goesOn: false,
    },
    { title: 'waits to the end of its time', reports: [report(500, 1)], now: WAITED_MS - 1, goesOn: false },
    { title: 'goes on after it', reports: [report(500, 1)], now: WAITED_MS, goesOn: true },
  ];
  for (const { title, reports, now = 1000, goesOn } of table) {
    it(title, () => {
      expect(mayGoOn(BACK, after(now), reports)).to.equal(goesOn);
    });
  }
});
