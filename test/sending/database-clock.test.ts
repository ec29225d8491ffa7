import { expect } from 'chai';
import { createDatabaseClock } from '../../src/sending/database-clock.ts';

const MINUTE = 60_000;
const TRUE = Date.parse('2026-05-04T15:00:00Z');
const timeOf = (time: Date): number => time.getTime();

describe('the clock of a process on a machine whose clock may be wrong', () => {
  it("follows the database's last time, and logs when that begins and ends", async () => {
    const said: string[] = [];
    const log = {
      error: (facts: Record<string, unknown>, line: string) => void said.push(`${facts.ms} ${line}`),
      info: (_: unknown, line: string) => void said.push(line),
    };
    let off = -5 * MINUTE;
    const clock = createDatabaseClock({ wall: () => new Date(TRUE + off), monotonic: () => 1, log });
    const told = (): number => clock.now().getTime() - TRUE;
    const look = (): Promise<Date> => clock.measure(async () => new Date(TRUE), timeOf);
    expect(told(), 'nobody has looked').to.equal(off);
    expect(await look()).to.deep.equal(new Date(TRUE));
    expect(told()).to.be.closeTo(0, 1);
    await look();
    const away = new Error('the database is away');
    const failure = await clock
      .measure(() => Promise.reject<Date>(away), timeOf)
      .catch((error: unknown) => error);
    expect(failure).to.equal(away);
    const slow = async (): Promise<Date> => {
      off += 3000;
      return new Date(TRUE);
    };
    await clock.measure(slow, timeOf);
    off -= 3000;
    expect(told(), 'as it was known').to.be.closeTo(0, 1);
    off = 0;
    await look();
    expect(told()).to.equal(0);
    const line = "which it follows from now on. Set the machine's clock by NTP.";
    expect(said).to.deep.equal([
      `-300000 This process's clock differs from the database's clock, ${line}`,
      "This process's clock agrees with the database's clock again.",
    ]);
  });
});
