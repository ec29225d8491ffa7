import { openSpool } from '../../../src/consent/inbound/spool.ts';
import { addressed } from '../../../src/sending/inbound-sms.ts';

/**
 * Spools three texts of some 15 KB each on a disk that may be too small for a file with two. Prints what was stored.
 */
const [, , dir = '', key = ''] = process.argv;
const ring = { active: 'k1', keys: new Map([['k1', Buffer.from(key, 'base64')]]) };
const spool = await openSpool(dir, ring);
const said: string[] = [];
for (const body of ['one', 'two', 'three']) {
  const form = { Body: body, Padding: 'x'.repeat(10_500) };
  const kept = await spool
    .append({
      sid: `SM-${body}`,
      ...addressed('+15551240000', '28555'),
      body,
      otherBodies: [],
      optOutType: null,
      receivedAt: new Date(),
      door: 'webhook',
      form,
    })
    .then(
      () => true,
      () => false,
    );
  said.push(`${kept ? 'kept' : 'lost'} ${body}`);
}
console.log(said.join(', '));
