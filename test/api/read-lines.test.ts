import { Readable } from 'node:stream';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect } from 'chai';
import type { Request } from 'express';
import fc from 'fast-check';
import { type NdjsonLine, readLines } from '../../src/api/http/streaming.ts';
import { turnsDuring } from '../support/turns.ts';

const seed = Number(process.env.ASSENT_SEED ?? 1);

/** The parts of a request that are read: its headers, its type and its body in these chunks. */
const requestOf = (body: AsyncIterable<Buffer> | Iterable<Buffer>): Request =>
  Object.assign(Readable.from(body, { objectMode: true }), {
    headers: { 'transfer-encoding': 'chunked' },
    is: () => 'application/x-ndjson',
  }) as never;

async function all(lines: AsyncIterable<NdjsonLine>): Promise<NdjsonLine[]> {
  const found: NdjsonLine[] = [];
  for await (const line of lines) found.push(line);
  return found;
}

describe(`lines of a body (seed ${seed})`, () => {
  it('are the same however the body is cut into pieces', async () => {
    const rows = fc.array(fc.oneof(fc.constant(''), fc.json({ maxDepth: 2 })), { maxLength: 8 });
    const cuts = fc.array(fc.nat({ max: 400 }), { maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(rows, cuts, fc.constantFrom('\n', '\r\n'), async (texts, at, end) => {
        const body = Buffer.from(texts.join(end));
        const places = [
          0,
          ...at.toSorted((a, b) => a - b).map((offset) => Math.min(offset, body.length)),
          body.length,
        ];
        const pieces = places.slice(1).map((to, n) => body.subarray(places[n], to));
        const lines = await all(readLines(requestOf(pieces)));
        const expected = texts.flatMap((text, n) => (text === '' ? [] : [[n + 1, JSON.parse(text)]]));
        expect(lines.map((line) => [line.number, 'json' in line ? line.json : line.fault])).to.deep.equal(
          expected,
        );
      }),
      { seed, numRuns: 200 },
    );
  });

  it('may be 1 MB long and no longer', async () => {
    const text = (length: number) => Buffer.from(`"${'x'.repeat(length - 2)}"\n`);
    const [longest, longer] = await all(readLines(requestOf([text(1024 * 1024), text(1024 * 1024 + 1)])));
    expect(longest).to.include.keys('json');
    expect(longer).to.deep.equal({ number: 2, bytes: 0, fault: 'It is longer than 1 MB.' });
  });

  it('are not kept in memory when they are longer', async () => {
    setFlagsFromString('--expose-gc');
    const collect: () => void = runInNewContext('gc');
    const pieces: WeakRef<ArrayBufferLike>[] = [];
    let held = 0;
    async function* body(): AsyncGenerator<Buffer> {
      for (let at = 0; at < 100; at += 1) {
        const piece = Buffer.alloc(100_000, 'x');
        pieces.push(new WeakRef(piece.buffer));
        yield piece;
      }
      // WeakRefs are kept until the turn that read them is over.
      await new Promise(setImmediate);
      collect();
      held = pieces.filter((piece) => piece.deref() !== undefined).length;
      yield Buffer.from('\n{}');
    }
    const lines = await all(readLines(requestOf(body())));
    expect(lines.map((line) => 'fault' in line)).to.deep.equal([true, false]);
    expect(held).to.be.at.most(5);
  });

  it('let other requests run however many arrive at once, and empty lines are skipped', async () => {
    const { decode } = TextDecoder.prototype;
    let decoded = 0;
    TextDecoder.prototype.decode = function (...bytes) {
      decoded += 1;
      return decode.apply(this, bytes);
    };
    const chunk = Buffer.concat([Buffer.alloc(65_536, '\n'), Buffer.from('1\n2')]);
    let lines: NdjsonLine[] = [];
    try {
      const turns = await turnsDuring(async () => {
        lines = await all(readLines(requestOf([chunk])));
      });
      expect(turns).to.be.at.least(1000);
    } finally {
      TextDecoder.prototype.decode = decode;
    }
    expect(lines.map(({ number }) => number)).to.deep.equal([65_537, 65_538]);
    expect(decoded).to.equal(2);
  });
});
