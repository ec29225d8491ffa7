import { randomBytes } from 'node:crypto';
import { expect } from 'chai';
import { recordAndReply } from '../../src/consent/inbound/handle-inbound.ts';
import { hashOf } from '../../src/consent/ledger/ledger.ts';
import { type Retired, retireLedgerKey } from '../../src/consent/ledger/retire-key.ts';
import { verifyLedger } from '../../src/consent/ledger/verify-ledger.ts';
import { openContext } from '../../src/open-context.ts';
import { createLog } from '../../src/running/log.ts';
import { type ConsentEventDoc, chainOf } from '../../src/store/consent/consent-events.ts';
import { signEntry } from '../../src/store/sealing/keys.ts';
import { LedgerKeyDiffers, readLedgerKeys } from '../../src/store/startup-checks.ts';
import { textOf } from '../consent/inbound-texts.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';

type Ring = { active: string; keys: ReadonlyMap<string, Buffer> };

describe('the key that signs the ledger', () => {
  const [first, second, stranger] = [randomBytes(32), randomBytes(32), randomBytes(32)];
  const ring = (...keys: [string, Buffer][]): Ring => ({ active: keys[0]?.[0] ?? '', keys: new Map(keys) });
  const [ONE, BOTH, TWO] = [ring(['1', first]), ring(['2', second], ['1', first]), ring(['2', second])];
  let gateway: Gateway;
  let people = 0;
  beforeEach(async () => {
    const env = { LEDGER_KEY: `1:${first.toString('base64')}` };
    gateway = await startGateway({ worker: false, env });
  });
  afterEach(() => gateway.stop());

  const keysWith = (ledgerKeys: Ring) => ({ ...gateway.config, ledgerKeys });
  const open = (ledgerKeys: Ring) =>
    openContext(
      { ...keysWith(ledgerKeys), database: gateway.store.db.databaseName },
      createLog('silent', 'test'),
    );
  const isRefused = async (ledgerKeys: Ring): Promise<string> => {
    try {
      await (await open(ledgerKeys)).close();
      return 'started';
    } catch (error) {
      if (!(error instanceof LedgerKeyDiffers)) throw error;
      return error.message;
    }
  };
  /** A new person texts JOIN to a process with these keys. Resolves with the contact. */
  const join = async (ledgerKeys: Ring): Promise<string> => {
    const { context, close } = await open(ledgerKeys);
    people += 1;
    const text = textOf(`+155512308${String(people).padStart(2, '0')}`, 'JOIN');
    await recordAndReply(context, text);
    await close();
    return (await gateway.store.inbound.findOne({ _id: text.sid }))?.contact ?? '';
  };
  const faultsWith = async (ledgerKeys: Ring): Promise<string[]> =>
    (await verifyLedger(gateway.store, keysWith(ledgerKeys), () => undefined)).faults.map(({ what }) => what);
  const retire = (ledgerKeys: Ring, version: string, lost = false): Promise<Retired | string> =>
    retireLedgerKey(gateway.store, keysWith(ledgerKeys), {
      ...{ version, lost, now: () => new Date('2026-01-02'), progress: () => undefined },
    }).catch((error: Error) => error.message);

  /**
   * Appends an entry signed with the first key, which somebody else has too. Resolves with a function that removes
   * the entry.
   */
  const forge = async (contact: string): Promise<() => Promise<void>> => {
    const { consentEvents, contacts } = gateway.store;
    const {
      sealed,
      mac: _,
      hash: prev,
      ...last
    } = (await chainOf(gateway.store, contact)).at(-1) as ConsentEventDoc;
    const hashed = { ...last, seq: last.seq + 1, prev };
    const ledgerKeys = await readLedgerKeys(gateway.store, ONE);
    const entry = signEntry(ledgerKeys, { ...hashed, sealed, hash: hashOf(hashed) });
    const setHead = (seq: number, hash: string) =>
      contacts.updateOne({ _id: contact }, { $set: { head: { seq, hash } } });
    await consentEvents.insertOne(entry);
    await setHead(entry.seq, entry.hash);
    return async () => {
      await consentEvents.deleteOne({ contact, seq: entry.seq });
      await setHead(last.seq, prev);
    };
  };

  it('is never exchanged under its name: no process starts, and the reason is given', async () => {
    expect(await isRefused(ring(['1', stranger]))).to.match(
      /^The key 1 of LEDGER_KEY is not the 1 .* new name/,
    );
    expect(await isRefused(ONE)).to.equal('started');
    expect(await isRefused(BOTH)).to.equal('started');
    expect(await isRefused(TWO), 'a process without the old key takes in a STOP').to.equal('started');
  });

  it('rotates without any new signatures, and is missed when it is not given any more', async () => {
    await join(ONE);
    await join(BOTH);
    const signers = await gateway.store.consentEvents.distinct('mac.by');
    expect(signers.sort()).to.deep.equal(['1', '2']);
    expect(await faultsWith(BOTH)).to.deep.equal([]);
    expect(await faultsWith(TWO)).to.deep.equal(['LEDGER_KEY lacks the key 1, which signed the entry']);
    expect(await faultsWith(ONE)).to.deep.equal(['LEDGER_KEY lacks the key 2, which signed the entry']);
  });

  it('is retired by one attestation for each ledger, after which its new signatures do not count', async () => {
    const contact = await join(ONE);
    await join(BOTH);
    expect(await retire(BOTH, '1')).to.deep.equal({ chains: 2, faulty: [] });
    const rows = await gateway.store.ledgerAttestations.find({}).toArray();
    expect(rows.map(({ retired, result, mac }) => [retired, result, mac.by])).to.deep.equal([
      ['1', 'whole', '2'],
      ['1', 'whole', '2'],
    ]);
    expect(await faultsWith(TWO)).to.deep.equal([]);
    expect(await isRefused(ONE)).to.match(/^The key 1, the first of LEDGER_KEY, was retired/);
    const undo = await forge(contact);
    expect(await faultsWith(BOTH)).to.deep.equal([
      'the entry was signed by the ledger key 1, which was retired before',
    ]);
    await undo();
    expect(await faultsWith(BOTH)).to.deep.equal([]);
  });

  it('keeps what it attested after a second retirement, and no attestation can be changed or removed', async () => {
    await join(ONE);
    await retire(BOTH, '1');
    const third = ring(['3', stranger], ['2', second]);
    await join(third);
    expect(await retire(third, '4')).to.equal('No entry was signed by a ledger key named 4.');
    expect(await retire(third, '2')).to.deep.equal({ chains: 2, faulty: [] });
    expect(await faultsWith(ring(['3', stranger]))).to.deep.equal([]);
    const { ledgerAttestations } = gateway.store;
    await ledgerAttestations.updateMany({ retired: '2' }, { $set: { result: 'unsigned' } });
    const changed = 'its attestation for the ledger key 2 was changed';
    expect(new Set(await faultsWith(ring(['3', stranger])))).to.deep.equal(new Set([changed]));
    await ledgerAttestations.deleteMany({});
    expect(await faultsWith(ring(['3', stranger]))).to.deep.equal([
      'the entry was signed by the ledger key 1, which was retired before',
    ]);
  });

  it('leaves a ledger at fault that was at fault before its retirement', async () => {
    const contact = await join(ONE);
    await gateway.store.consentEvents.updateOne({ contact, seq: 1 }, { $set: { actor: 'nobody' } });
    const fault = { contact, seq: 1, what: 'the entry was changed' };
    expect(await retire(BOTH, '1')).to.deep.equal({ chains: 1, faulty: [fault] });
    await gateway.store.consentEvents.updateOne({ contact, seq: 1 }, { $set: { actor: 'person' } });
    expect(await faultsWith(TWO)).to.deep.equal([
      'when the ledger key 1 was retired, the chain had this fault: entry 1: the entry was changed',
    ]);
  });

  it('is retired without verification when it is lost, and its ledgers say that nobody verified their signatures', async () => {
    await join(ONE);
    await join(TWO);
    expect(await retire(TWO, '1')).to.match(/^LEDGER_KEY lacks the key 1: append it.*--lost\.$/);
    expect(await retire(TWO, '1', true)).to.deep.equal({ chains: 2, faulty: [] });
    expect(await gateway.store.ledgerAttestations.distinct('result')).to.deep.equal(['unsigned']);
    expect(await faultsWith(TWO)).to.deep.equal([]);
  });

  it('is not retired while it signs, twice, or as lost when it exists', async () => {
    await join(ONE);
    expect(await retire(ONE, '1')).to.match(/first of LEDGER_KEY, which signs\. Put a new key before it/);
    expect(await retire(BOTH, '1', true)).to.match(/^LEDGER_KEY has the key 1, so it is not lost/);
    await retire(BOTH, '1');
    expect(await retire(BOTH, '1')).to.match(/^The key 1 was retired before\. Take it out/);
  });
});
