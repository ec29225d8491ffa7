import { expect } from 'chai';
import type { Store } from '../../src/store/store.ts';
import type { HttpAnswer } from '../support/signed-post.ts';

/**
 * The phone numbers of the P10 test in any spelling: E.164, national digits, and the digits that must stay hidden
 * when only the last four may be shown.
 */
const NUMBERS =
  '5559871234 9871234 5559876543 9876543 987-1234 9876600 9876601 9876602 9876603 9876610 9876611'.split(' ');
/** Words that stand nowhere else in the project. The P10 test plants each of them somewhere. */
const WORDS = /plant(?:ed)?[a-z]+word/i;

/** Fails when a text contains a number or words of a person. */
export function clean(what: string, text: string): void {
  for (const number of NUMBERS) expect(text.includes(number), `${what} holds the number`).to.equal(false);
  expect(WORDS.exec(text)?.[0], `${what} holds words of a person`).to.equal(undefined);
}

/** Names of unknown fields, which the API repeats because they cannot be numbers or texts. */
const TOLD_BACK = /"field":"planted(?:field|query)word"/g;

type Refusal = { status: number; headers: object; body: string };

/** Fails when a refusal (status 400 or above) contains a number or words of a person in its body or headers. */
export function cleanRefusal({ status, headers, body }: Refusal): void {
  clean(`an answer of ${status}`, `${JSON.stringify(headers)} ${body.replaceAll(TOLD_BACK, '')}`);
}

/** Resolves with an answer after it was searched, if it is a refusal. */
export async function checked(posted: Promise<HttpAnswer>): Promise<HttpAnswer> {
  const answer = await posted;
  if (answer.status >= 400) cleanRefusal(answer);
  return answer;
}

/** Every document of every collection, as bytes. */
export async function documentsOf({ db }: Store): Promise<{ where: string; bytes: Buffer }[]> {
  const names = (await db.listCollections().toArray()).map(({ name }) => name);
  const found = await Promise.all(
    names.map(async (name) => {
      const all = await db.collection(name).find({}, { raw: true }).toArray();
      return all.map((bytes) => ({ where: name, bytes: bytes as unknown as Buffer }));
    }),
  );
  return found.flat();
}
