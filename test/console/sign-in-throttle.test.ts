import { expect } from 'chai';
import { deviceCookie } from '../../src/access/sign-in.ts';
import { countedAddress } from '../../src/domain/access/staff.ts';
import { HOUR_MS } from '../../src/domain/durations.ts';
import { consoleClient, PASSWORD, sendPassword } from './client.ts';
import { EMAIL, startThrottled } from './throttled.ts';

describe('The throttle of the sign-in', () => {
  let throttled: Awaited<ReturnType<typeof startThrottled>>;
  before(async () => {
    throttled = await startThrottled();
  });
  after(() => throttled.stop());
  beforeEach(async () => {
    await throttled.gateway.store.signInTries.deleteMany({});
  });

  it('makes the wait grow to a quarter of an hour, and forgets it after one hour', async () => {
    const waits: number[] = [];
    for (let tries = 0; tries < 16; tries += 1) {
      const outcome = await throttled.attempt('198.51.100.8');
      const again = await throttled.attempt('198.51.100.8');
      expect(outcome.kind).to.equal('wrong');
      const wait = again.kind === 'wait' ? again.until.getTime() - throttled.now().getTime() : 0;
      if (wait > 0) waits.push(wait / 1000);
      throttled.pass(wait);
    }
    expect(waits.slice(0, 4)).to.deep.equal([1, 2, 4, 8]);
    expect(Math.max(...waits)).to.equal(15 * 60);
    throttled.pass(HOUR_MS);
    expect((await throttled.attempt('198.51.100.8')).kind).to.equal('wrong');
    expect((await throttled.attempt('198.51.100.8')).kind).to.equal('wrong');
  });

  it('lets nobody wait because two tries arrived at once and were counted in the other order', async () => {
    throttled.pass(5);
    expect((await throttled.attempt('198.51.100.8')).kind).to.equal('wrong');
    throttled.pass(-5);
    expect((await throttled.attempt('198.51.100.8')).kind).to.equal('wrong');
  });

  it('counts a known device too, and knows none of another member or of a forged cookie', async () => {
    const device = deviceCookie(await throttled.ada(), throttled.signing);
    const outcomes: string[] = [];
    for (let tries = 0; tries < 12; tries += 1)
      outcomes.push((await throttled.attempt(`198.51.100.${tries}`, { device })).kind);
    expect(outcomes.filter((kind) => kind === 'wrong').length).to.equal(10);
    expect((await throttled.attempt('203.0.113.9', { device, password: PASSWORD })).kind).to.equal('wait');
    const { id, generation } = await throttled.ada();
    for (const forged of [
      deviceCookie({ id: 'somebody', generation }, throttled.signing),
      deviceCookie({ id, generation: generation + 1 }, throttled.signing),
      deviceCookie({ id, generation }, { secret: 'another secret' }),
      `${device.slice(0, -2)}xx`,
    ])
      expect((await throttled.attempt('203.0.113.9', { device: forged, password: PASSWORD })).kind).to.equal(
        'in',
      );
  });

  it('does the work of a password check for unknown addresses, too', async () => {
    const timed = async (email: string): Promise<number> => {
      const began = performance.now();
      await throttled.attempt('203.0.113.77', { email });
      return performance.now() - began;
    };
    await timed('warm@fernway.example');
    await throttled.gateway.store.signInTries.deleteMany({});
    const rounds = [0, 1, 2, 3];
    const known: number[] = [];
    const unknown: number[] = [];
    for (const _ of rounds) {
      known.push(await timed(EMAIL));
      unknown.push(await timed('nobody@fernway.example'));
    }
    // A check that left the hash out would take a tenth of the time.
    expect(Math.min(...unknown)).to.be.above(Math.min(...known) / 2);
  });

  it('says on the page how long to wait, and reads the address that the proxy saw', async () => {
    const from = (address: string) =>
      consoleClient(throttled.gateway.url, { 'X-Forwarded-For': `1.2.3.4, ${address}` });
    for (let tries = 0; tries < 5; tries += 1)
      await sendPassword(from('198.51.100.20'), EMAIL, 'wrong words');
    const waiting = await sendPassword(from('198.51.100.20'), EMAIL, PASSWORD);
    expect(waiting.status).to.equal(429);
    expect(waiting.html).to.match(/Too many tries\. Try again in 1 second\./);
    expect((await sendPassword(from('198.51.100.21'), EMAIL, PASSWORD)).status).to.equal(303);
  });

  it('counts the /64 of an IPv6 address, and an IPv4 address in either spelling', () => {
    expect(countedAddress('2001:db8:1:2:3:4:5:6')).to.equal('2001:db8:1:2');
    expect(countedAddress('2001:0DB8:1:2::9')).to.equal('2001:db8:1:2');
    expect(countedAddress('2001:db8::1')).to.equal('2001:db8:0:0');
    expect(countedAddress('::1')).to.equal('0:0:0:0');
    expect(countedAddress('::ffff:198.51.100.7')).to.equal('198.51.100.7');
  });
});
