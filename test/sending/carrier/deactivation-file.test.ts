import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { expect } from 'chai';
import { linesIn, messagingBase } from '../../../src/sending/twilio/deactivation-file.ts';

const read = async (...pieces: Buffer[]): Promise<string[]> => {
  const lines: string[] = [];
  for await (const line of linesIn(Readable.from(pieces))) lines.push(line);
  return lines;
};
const rejects = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'nothing failed',
    (error: Error) => error.message,
  );

describe('a deactivation file', () => {
  const text = '+15551230001\r\n15551230002\n\n  5551230003\n+15551230004';
  const lines = ['+15551230001', '15551230002', '5551230003', '+15551230004'];

  it('is read line by line, wherever its chunks are cut', async () => {
    const bytes = Buffer.from(text);
    expect(await read(bytes)).to.deep.equal(lines);
    for (let at = 1; at < bytes.length; at += 7) {
      expect(await read(bytes.subarray(0, at), bytes.subarray(at)), `cut at ${at}`).to.deep.equal(lines);
    }
    expect(await read()).to.deep.equal([]);
  });

  it('can be compressed', async () => {
    const packed = gzipSync(text);
    expect(await read(packed.subarray(0, 5), packed.subarray(5))).to.deep.equal(lines);
  });

  it('fails when it is cut off or is no list of lines', async () => {
    const packed = gzipSync('+15551230001\n'.repeat(5000));
    expect(await rejects(read(packed.subarray(0, packed.length - 20)))).not.to.equal('nothing failed');
    expect(await rejects(read(Buffer.alloc(5000, 'x')))).to.contain('is no list of numbers');
  });

  it('is fetched from the messaging host of the same region, or from a simulator', () => {
    expect(messagingBase('https://api.twilio.com')).to.equal('https://messaging.twilio.com');
    expect(messagingBase('https://api.ashburn.us1.twilio.com')).to.equal(
      'https://messaging.ashburn.us1.twilio.com',
    );
    expect(messagingBase('http://127.0.0.1:4010')).to.equal('http://127.0.0.1:4010');
    expect(messagingBase('https://api.twilio.com.example')).to.equal('https://api.twilio.com.example');
  });
});
