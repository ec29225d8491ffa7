/**
 * Side doors past the gate. None of them compiles: each line below must fail, with the code beside it, and
 * `p1-one-door.test.ts` and `npm run types` see to it. The file is never run.
 */

import { type Cleared, handOver, type Transport } from '../../src/sending/gate.ts';
import type { TwilioClient } from '../../src/sending/twilio/client.ts';
import type { DeliveryDoc } from '../../src/store/deliveries/delivery.ts';

declare const row: DeliveryDoc;
declare const carrier: TwilioClient;
declare const transport: Transport;
declare const cleared: Cleared;

const shape = {
  ref: { delivery: 'd', epoch: 1, decidedAt: new Date(0) },
  from: '28555',
  service: null,
  to: '+15551230001',
  text: 'Sale!',
  takeTurn: () => true,
};

// @ts-expect-error TS2693: the class is not exported, only its type.
new Cleared(row, { to: '+15551230001', text: 'Sale!' }, new Date(0), 0, () => 0);

// @ts-expect-error TS2693: nor can anything be made from its prototype.
Object.create(Cleared.prototype);

// @ts-expect-error TS2740: an object of the same shape lacks the private parts.
const likeness: Cleared = shape;

// @ts-expect-error TS2739: nor does a copy of a real one have them.
const copy: Cleared = { ...cleared, to: '+15559999999' };

// @ts-expect-error TS2740: a row of the database is no permission.
handOver([row], transport);

// @ts-expect-error TS2740: neither is an object of the shape.
handOver([shape], transport);

// @ts-expect-error TS2740: the REST transport takes nothing else.
carrier.transport([shape], () => true);

// @ts-expect-error TS2740: nor a row.
carrier.transport([row], () => true);

// @ts-expect-error TS2322: a text alone is no message.
handOver(['Sale!'], transport);

// @ts-expect-error TS2540: what was cleared for one number stays with it.
cleared.to = '+15559999999';

// @ts-expect-error TS2540: and so do its words.
cleared.text = 'Another sale!';

// @ts-expect-error TS18013: nobody moves a deadline.
cleared.#deadline;

export { copy, likeness };
