import { expect } from 'chai';
import { listInSlices } from '../../src/consent/inbound/catch-up.ts';
import { type ListedInbound, ListTooLong } from '../../src/sending/twilio/message-list.ts';

const MINUTE = 60_000;
const NOW = new Date('2026-03-02T12:00:00Z');
const ago = (minutes: number): Date => new Date(NOW.getTime() - minutes * MINUTE);

type PartRequest = { from: number; long: number };

/** Reads a list of which so many minutes can be read in its time; says what was asked, in minutes before now. */
async function read(since: Date, readable: number): Promise<{ asked: PartRequest[]; parts: number[] }> {
  const asked: PartRequest[] = [];
  const parts: number[] = [];
  const list = async (_: string, from: Date, until = NOW): Promise<ListedInbound[]> => {
    const long = (until.getTime() - from.getTime()) / MINUTE;
    asked.push({ from: (NOW.getTime() - from.getTime()) / MINUTE, long });
    if (long > readable) throw new ListTooLong();
    return [];
  };
  for await (const { until } of listInSlices(list, '28555', since, NOW)) {
    parts.push((NOW.getTime() - until.getTime()) / MINUTE);
  }
  return { asked, parts };
}

describe("the carrier's list of messages", () => {
  it('is read at once when that is possible', async () => {
    expect(await read(ago(300), 300)).to.deep.equal({ asked: [{ from: 300, long: 300 }], parts: [0] });
  });

  it('is read half hour by half hour when it is not', async () => {
    const { asked, parts } = await read(ago(75), 30);
    expect(asked.map(({ long }) => long)).to.deep.equal([75, 30, 30, 15]);
    expect(parts).to.deep.equal([45, 15, 0]);
  });

  it('is read in shorter parts when half an hour is too long, each once and without a gap', async () => {
    const { asked, parts } = await read(ago(40), 5);
    expect(asked.map(({ from, long }) => [from, long])).to.deep.equal([
      [40, 40],
      [40, 30],
      ...[40, 35, 30, 25, 20, 15, 10, 5].map((from) => [from, 5]),
    ]);
    expect(parts).to.deep.equal([35, 30, 25, 20, 15, 10, 5, 0]);
  });

  it('is read minute by minute at last, and then fails', async () => {
    expect((await read(ago(20), 1)).parts).to.have.lengthOf(20);
    const failed = await read(ago(20), 0.5).catch((error: unknown) => error);
    expect(failed).to.be.instanceOf(ListTooLong);
    expect(await read(ago(0.7), 0.5).catch((error: unknown) => error)).to.be.instanceOf(ListTooLong);
  });
});
