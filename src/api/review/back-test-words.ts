import { z } from 'zod';
import { findInbound } from '../../store/consent/inbound.ts';
import { findContacts } from '../../store/people/contacts.ts';
import { openHolderKey } from '../../store/sealing/keys.ts';
import { contactId, line } from '../fields.ts';
import type { Call } from '../route.ts';
import { shownText, text } from '../texts.ts';
import { effect } from './back-test-answer.ts';
import { backTestOf, type backTestParams } from './back-tests.ts';

export const wordsBody = z.strictObject({ from: effect, to: effect, reason: line(3, 200) });
export const wordsAnswer = z.strictObject({
  texts: z.array(text.extend({ contact: contactId })),
});

type Read = Call<{ params: typeof backTestParams; body: typeof wordsBody }>;

/** The words of the samples that change so, none where no text does. Each reading is on record; whoever was erased is left out. */
export async function readSamples({ desk, key, params, body }: Read) {
  const run = await backTestOf(desk, params.id);
  const { from, to, reason } = body;
  const samples = Object.values(run.groups)
    .filter((one) => one.from === from && one.to === to)
    .flatMap((one) => one.samples);
  const fields = { key: key.id, backTest: run._id, from, to, texts: samples.length };
  desk.log.info({ ...fields, reasonLength: reason.length }, 'words of a back-test were read');
  const rows = await findInbound(
    desk.store,
    samples.map((one) => one.text),
  );
  const holders = await findContacts(
    desk.store,
    samples.map((one) => one.contact),
  );
  const keys = new Map(
    holders
      .filter(({ sealed }) => sealed !== null)
      .map((one) => [one._id, openHolderKey(desk.ring, one._id, one.keys, 'profile')]),
  );
  return {
    texts: samples.flatMap(({ text: id, contact }) => {
      const [row, own] = [rows.find(({ _id }) => _id === id), keys.get(contact)];
      return row === undefined || own === undefined ? [] : [{ contact, ...shownText(row, own) }];
    }),
  };
}
