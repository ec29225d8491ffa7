import { randomBytes } from 'node:crypto';
import { expect } from 'chai';
import { verifyAudit } from '../../../src/consent/audit/audit-faults.ts';
import { closeAuditDays, followAuditDay } from '../../../src/consent/audit/verify-audit.ts';
import { DAY_MS, HOUR_MS } from '../../../src/domain/durations.ts';
import {
  type AuditDraft,
  createAuditChains,
  openAuditReason,
} from '../../../src/store/audit/audit-chains.ts';
import {
  type AuditEntryDoc,
  auditDay,
  auditDays,
  auditEntries,
  auditHashOf,
  signAuditEntry,
} from '../../../src/store/audit/audit-entries.ts';
import type { KeyRing } from '../../../src/store/sealing/keys.ts';
import type { Store } from '../../../src/store/store.ts';
import { closeTestStore, openTestStore } from '../../support/test-store.ts';

const NOON = Date.parse('2026-06-01T12:00:00Z');
const DAY = '2026-06-01';

const ring: KeyRing = { active: 'k', keys: new Map([['k', randomBytes(32)]]) };
const ledgerKeys = { ...ring, installation: 'test' };

const draft = (id: string, reason: string | null = null): AuditDraft => ({
  ...{ actor: { kind: 'staff', id: 'rosa' }, act: 'number-looked-up', subject: { kind: 'person', id } },
  reason,
});

describe('The audit trail', () => {
  let store: Store;
  let at: number;
  let errors: string[];
  const now = (): Date => new Date(at);
  const chainsOf = () => createAuditChains({ database: store, ring, ledgerKeys, now });
  const log = {
    info: () => undefined,
    warn: () => undefined,
    error: (_: object, line: string) => void errors.push(line),
  };
  const context = () => ({ store, ledgerKeys, now, log });
  const entriesOfDay = async (): Promise<AuditEntryDoc[]> => {
    const found: AuditEntryDoc[] = [];
    for await (const rows of auditDay(store, DAY)) found.push(...rows);
    return found;
  };

  beforeEach(async () => {
    ({ store } = await openTestStore());
    at = NOON;
    errors = [];
  });
  afterEach(() => closeTestStore(store));

  it('chains what one process does, keeps the reason sealed and without a number, and finds no fault', async () => {
    const audit = chainsOf();
    await audit.record([draft('c_1', 'call +1 555 123 0001')]);
    await audit.record([draft('c_2'), draft('c_3')]);
    const entries = await entriesOfDay();
    expect(entries.map(({ seq }) => seq)).to.deep.equal([1, 2, 3]);
    expect(new Set(entries.map(({ chain }) => chain)).size).to.equal(1);
    expect(entries.map(({ handle }) => handle?.length)).to.deep.equal([4, 4, 4]);
    expect(verifyAudit(entries, ledgerKeys)).to.deep.equal([]);
    const [first] = entries as [AuditEntryDoc];
    expect(openAuditReason(ring, first)).to.equal('call [a number]');
    expect(JSON.stringify(first)).to.not.include('123 0001').and.not.include('call +');
  });

  it('gives each append at one time a chain of its own, and uses the chains again', async () => {
    const audit = chainsOf();
    await Promise.all(Array.from({ length: 8 }, (_, n) => audit.record([draft(`c_${n}`)])));
    await audit.record([draft('c_late')]);
    const entries = await entriesOfDay();
    expect(entries).to.have.length(9);
    expect(new Set(entries.map(({ chain }) => chain)).size).to.be.within(1, 8);
    expect(verifyAudit(entries, ledgerKeys)).to.deep.equal([]);
  });

  it('leaves no gap where a change was not made, or its transaction failed', async () => {
    const audit = chainsOf();
    await audit.record([draft('c_1')]);
    expect(await audit.within([draft('c_2')], async () => false)).to.equal(false);
    await audit.record([draft('c_3')]);
    const failed = audit.within([draft('c_4')], async () => {
      throw new Error('aborted');
    });
    expect(await failed.catch(({ message }: Error) => message)).to.equal('aborted');
    await audit.record([draft('c_5')]);
    const entries = await entriesOfDay();
    expect(entries.map(({ subject }) => subject?.id).sort()).to.deep.equal(['c_1', 'c_3', 'c_5']);
    expect(verifyAudit(entries, ledgerKeys)).to.deep.equal([]);
  });

  it('begins new chains with a new day', async () => {
    const audit = chainsOf();
    await audit.record([draft('c_1')]);
    at += DAY_MS;
    await audit.record([draft('c_2')]);
    const chains = await auditEntries(store).distinct('chain');
    expect(chains.map((chain) => chain.slice(0, 10))).to.deep.equal([DAY, '2026-06-02']);
  });

  describe('Planted faults', () => {
    let entries: AuditEntryDoc[];
    beforeEach(async () => {
      const audit = chainsOf();
      for (const id of ['c_1', 'c_2', 'c_3', 'c_4']) await audit.record([draft(id, 'call')]);
      entries = await entriesOfDay();
    });

    const resigned = (entry: AuditEntryDoc, more: Partial<AuditEntryDoc>): AuditEntryDoc => {
      const changed = { ...entry, ...more };
      return { ...changed, hash: auditHashOf(changed) };
    };
    const cases: [string, (all: AuditEntryDoc[]) => AuditEntryDoc[], number, RegExp][] = [
      [
        'finds an entry whose subject was changed',
        (all) => all.map((entry) => (entry.seq === 2 ? { ...entry, subject: null } : entry)),
        2,
        /was changed/,
      ],
      [
        'finds an entry whose actor was changed',
        (all) => all.map((entry) => (entry.seq === 2 ? { ...entry, actor: 'staff:sam' } : entry)),
        2,
        /was changed/,
      ],
      [
        'finds an entry that was changed and hashed anew without the key',
        (all) => all.map((entry) => (entry.seq === 4 ? resigned(entry, { actor: 'staff:sam' }) : entry)),
        4,
        /did not sign/,
      ],
      [
        'finds an entry that was taken out of the middle',
        (all) => all.filter(({ seq }) => seq !== 3),
        4,
        /missing/,
      ],
      ['finds an entry that stands twice', (all) => [...all, ...all.slice(-1)], 4, /twice/],
      [
        'finds an entry that was moved to another place',
        (all) => all.map((entry) => (entry.seq === 3 ? { ...(all[3] as AuditEntryDoc), seq: 3 } : entry)),
        3,
        /follow/,
      ],
    ];
    for (const [title, plant, seq, what] of cases) {
      it(title, () => {
        const [fault, ...more] = verifyAudit(plant(entries), ledgerKeys);
        expect(fault?.seq).to.equal(seq);
        expect(fault?.what).to.match(what);
        expect(more).to.deep.equal([]);
      });
    }

    it('finds that the end of a chain was cut off, once its day was closed', async () => {
      at += DAY_MS;
      expect(await closeAuditDays(context(), () => true)).to.deep.equal({ closed: 1, faults: 0 });
      expect(await followAuditDay(context(), DAY)).to.deep.include({
        isWhole: true,
        isClosed: true,
        entries: 4,
      });
      await auditEntries(store).deleteOne({ seq: 4 });
      const cut = await followAuditDay(context(), DAY);
      expect(cut.isWhole).to.equal(false);
      expect(cut.faults).to.have.length(1);
      expect(cut.sentence).to.match(/^One fault was found in the entries of Jun 1, 2026/);
      await auditEntries(store).deleteMany({});
      expect((await followAuditDay(context(), DAY)).faults[0]?.what).to.equal('the whole chain is missing');
    });

    it('finds a last entry that was written anew with the key after its day was closed', async () => {
      at += DAY_MS;
      await closeAuditDays(context(), () => true);
      const { _id, hash: _hash, mac: _mac, ...last } = entries.at(-1) as AuditEntryDoc;
      await auditEntries(store).replaceOne(
        { _id },
        signAuditEntry(ledgerKeys, { ...last, actor: 'staff:sam' }),
      );
      const { faults } = await followAuditDay(context(), DAY);
      expect(faults.map(({ what }) => what)).to.deep.equal([
        'the last entry is another than when the day was closed',
      ]);
    });

    it('finds that the closing itself was changed, and that one is missing', async () => {
      at += DAY_MS;
      await closeAuditDays(context(), () => true);
      await auditDays(store).updateOne({ _id: DAY }, { $set: { heads: [] } });
      expect((await followAuditDay(context(), DAY)).faults[0]?.what).to.match(/did not sign the closing/);
      await chainsOf().record([draft('c_9')]);
      at += DAY_MS;
      await closeAuditDays(context(), () => true);
      await auditDays(store).deleteOne({ _id: DAY });
      expect((await followAuditDay(context(), DAY)).faults[0]?.what).to.match(
        /closing of the day is missing/,
      );
    });

    it('logs an error for a day that has a fault when it is closed, and closes it', async () => {
      await auditEntries(store).updateOne({ seq: 2 }, { $set: { actor: 'staff:sam' } });
      at += DAY_MS;
      expect(await closeAuditDays(context(), () => true)).to.deep.equal({ closed: 1, faults: 1 });
      expect(errors).to.deep.equal(['the audit trail of a day has a fault']);
      expect(await closeAuditDays(context(), () => true)).to.deep.equal({ closed: 0, faults: 0 });
    });

    it('closes no day that is not over, and none when it is told to stop', async () => {
      expect((await closeAuditDays(context(), () => true)).closed).to.equal(0);
      at = Date.parse('2026-06-02T00:10:00Z');
      expect((await closeAuditDays(context(), () => true)).closed).to.equal(0);
      at += HOUR_MS;
      expect((await closeAuditDays(context(), () => false)).closed).to.equal(0);
    });
  });
});
