import { parse } from 'node:querystring';
import { expect } from 'chai';
import { inventRows } from '../../scripts/bench/inbound/accepted-rows.ts';
import { mixed, receipts } from '../../scripts/bench/inbound/mix.ts';
import type { Ready } from '../../scripts/bench/inbound/texts.ts';
import { isCarrierOptOut } from '../../src/domain/consent/carrier-block.ts';
import { signerOf } from '../../webhooks/twilio-signature.ts';
import { ACCOUNT } from '../promises/inbound-posts.ts';

const ADDRESS = {
  host: 'h.example',
  publicUrl: 'http://h.example',
  to: '28555',
  account: ACCOUNT,
  authToken: 'token-of-16-chars',
};

/** The path and the fields of a request, as a server reads them. */
function read({ bytes }: Ready): { path: string; form: Record<string, string>; signature: string } {
  const [head = '', body = ''] = bytes.toString().split('\r\n\r\n');
  const path = /^POST (\S+) /.exec(head)?.[1] ?? '';
  const signature = /X-Twilio-Signature: (\S+)/.exec(head)?.[1] ?? '';
  return { path, form: { ...parse(body) } as Record<string, string>, signature };
}

function sample(count: number, from = 0): Ready[] {
  const all: Ready[] = [];
  for (const ready of mixed(ADDRESS, inventRows(count), 64)) {
    all.push(ready);
    if (all.length === count) break;
  }
  return all.slice(from);
}

describe('the mix of the inbound benchmark', () => {
  it('is 70 % receipts, 25 % keywords and 5 % STOPs soon after it begins', () => {
    const settled = sample(12_000, 2_000);
    const share = (of: (ready: Ready) => boolean): number => settled.filter(of).length / settled.length;
    expect(share(({ kind }) => kind === 'receipt')).to.be.closeTo(0.7, 0.001);
    expect(share(({ kind }) => kind === 'stop')).to.be.closeTo(0.05, 0.003);
    expect(share(({ kind }) => ['join', 'yes', 'code'].includes(kind))).to.be.closeTo(0.25, 0.003);
  });

  it('interleaves them evenly: seven receipts in any ten requests', () => {
    const kinds = sample(400).map(({ kind }) => kind === 'receipt');
    for (let at = 0; at + 10 <= kinds.length; at += 1)
      expect(kinds.slice(at, at + 10).filter(Boolean).length, `from ${at}`).to.equal(7);
  });

  it("signs each request for its exact address, and a receipt's address names the attempt", () => {
    const trusted = {
      publicUrl: ADDRESS.publicUrl,
      account: { accountSid: 'AC', signingTokens: [ADDRESS.authToken], sharedKeys: new Map() },
    };
    for (const ready of sample(200)) {
      const { path, form, signature } = read(ready);
      const inbound = path === '/webhooks/twilio/inbound';
      expect(inbound).to.equal(ready.kind !== 'receipt');
      if (!inbound) expect(path).to.match(/^\/webhooks\/twilio\/status\?d=[\w-]{10,64}\.1$/);
      const request = { signature, settings: '', form, body: Buffer.alloc(0), path };
      expect(signerOf(request, trusted), path).not.to.equal(null);
      expect(signerOf({ ...request, path: `${path}x` }, trusted), path).to.equal(null);
    }
  });

  it('keeps the texts of one person in order, and lets receipts wait for nobody', () => {
    const said = new Map<string, string[]>();
    for (const ready of sample(4000)) {
      if (ready.kind === 'receipt') expect(ready.station).to.equal(null);
      else {
        expect(ready.station).to.be.a('number');
        const { From = '', Body = '' } = read(ready).form;
        said.set(From, [...(said.get(From) ?? []), Body]);
      }
    }
    const whole = ['YES', '2', '3', 'STOP'];
    const isJoin = ([first]: string[]): boolean => first === 'JOIN';
    for (const bodies of said.values())
      expect(bodies).to.deep.equal(isJoin(bodies) ? ['JOIN'] : whole.slice(0, bodies.length));
    expect([...said.values()].filter(isJoin).length).to.be.greaterThan(100);
  });
});

describe('the receipts of the inbound benchmark', () => {
  it('are two for each message: sent, and then its end, one in twenty a failure with its code', () => {
    const messages = inventRows(2000);
    const bySid = new Map<string, { status: string; error: string | null }[]>();
    for (const { message, status, error } of receipts(messages))
      bySid.set(message.sid, [...(bySid.get(message.sid) ?? []), { status, error }]);
    expect([...bySid.keys()].sort()).to.deep.equal(messages.map(({ sid }) => sid).sort());
    const ends = [...bySid.values()].map(([sent, end, ...more]) => {
      expect({ sent, more }).to.deep.equal({ sent: { status: 'sent', error: null }, more: [] });
      return end;
    });
    const failed = ends.filter((end) => end?.status === 'undelivered');
    expect(failed.length).to.equal(100);
    expect(ends.filter((end) => end?.status === 'delivered' && end.error === null).length).to.equal(1900);
    expect(new Set(failed.map((end) => end?.error))).to.deep.equal(new Set(['30003', '30005', '30006']));
    for (const end of failed) expect(isCarrierOptOut(end?.error ?? '')).to.equal(false);
  });
});
