import { createHmac, randomBytes, webcrypto } from 'node:crypto';
import { expect } from 'chai';
import fc from 'fast-check';
import {
  blindIndex,
  bucketOf,
  KeyMissing,
  type KeyRing,
  newHolderKeys,
  nextIndexVersion,
  openHolderKey,
} from '../../src/store/sealing/keys.ts';
import { SealBroken, seal, unseal } from '../../src/store/sealing/sealing.ts';

const ring = (...names: string[]): KeyRing => ({
  active: names[0] ?? '',
  keys: new Map(names.map((name) => [name, createHmac('sha256', 'ring').update(name).digest()])),
});

describe('a sealed value', () => {
  const key = randomBytes(32);

  it('opens to what was sealed, whatever it was', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        expect(unseal(key, 'a:1:f', seal(key, 'a:1:f', text)).toString('utf8')).to.equal(text);
      }),
    );
  });

  it('opens under no other record, field or key', () => {
    const box = seal(key, 'contacts:1:sealed', 'words');
    expect(() => unseal(key, 'contacts:2:sealed', box)).to.throw(SealBroken);
    expect(() => unseal(key, 'inbound:1:sealed', box)).to.throw(SealBroken);
    expect(() => unseal(randomBytes(32), 'contacts:1:sealed', box)).to.throw(SealBroken);
  });

  it('does not open when any byte of it was changed, and the error says nothing of its content', () => {
    const box = seal(key, 'contacts:1:sealed', 'words');
    for (let at = 0; at < box.length; at += 1) {
      const changed = Buffer.from(box);
      changed[at] = (changed[at] ?? 0) ^ 1;
      expect(() => unseal(key, 'contacts:1:sealed', changed)).to.throw(SealBroken, /^(?!.*words)/);
    }
  });

  it('never has the same bytes twice', () => {
    expect(seal(key, 'p', 'x').equals(seal(key, 'p', 'x'))).to.equal(false);
  });

  it('is AES-256-GCM: the Web Cryptography API opens it too, with its place as associated data', async () => {
    const box = seal(key, 'contacts:1:sealed', 'wörds');
    const name = 'AES-GCM';
    const opener = await webcrypto.subtle.importKey('raw', key, name, false, ['decrypt']);
    const options = { name, iv: box.subarray(1, 13), additionalData: Buffer.from('contacts:1:sealed') };
    const plain = await webcrypto.subtle.decrypt(options, opener, box.subarray(13));
    expect(Buffer.from(plain).toString('utf8')).to.equal('wörds');
  });

  it('is refused when it has another format or is cut short', () => {
    const box = seal(key, 'p', '');
    expect(unseal(key, 'p', box).length).to.equal(0);
    expect(() => unseal(key, 'p', Buffer.concat([Buffer.of(2), box.subarray(1)]))).to.throw(SealBroken);
    expect(() => unseal(key, 'p', box.subarray(0, -1))).to.throw(SealBroken);
    expect(() => unseal(key, 'p', Buffer.alloc(0))).to.throw(SealBroken);
  });
});

describe('the keys of a holder', () => {
  it('are two, wrapped by the active key of the ring, and open with it', () => {
    const { wrapped, open } = newHolderKeys(ring('k2', 'k1'), 'c');
    expect(open.profile.equals(open.evidence)).to.equal(false);
    expect(wrapped.profile?.by).to.equal('k2');
    expect(openHolderKey(ring('k2'), 'c', wrapped, 'profile').equals(open.profile)).to.equal(true);
    expect(openHolderKey(ring('k3', 'k2'), 'c', wrapped, 'evidence').equals(open.evidence)).to.equal(true);
  });

  it('open for no other holder and in no other role', () => {
    const { wrapped } = newHolderKeys(ring('k1'), 'c');
    expect(() => openHolderKey(ring('k1'), 'd', wrapped, 'profile')).to.throw(SealBroken);
    const swapped = { profile: wrapped.evidence, evidence: wrapped.profile };
    expect(() => openHolderKey(ring('k1'), 'c', swapped, 'profile')).to.throw(SealBroken);
  });

  it('are gone when destroyed, and the other one is not', () => {
    const { wrapped, open } = newHolderKeys(ring('k1'), 'c');
    const erased = { ...wrapped, profile: null };
    expect(() => openHolderKey(ring('k1'), 'c', erased, 'profile')).to.throw(KeyMissing, /destroyed/);
    expect(openHolderKey(ring('k1'), 'c', erased, 'evidence').equals(open.evidence)).to.equal(true);
  });

  it('name the missing key of the ring', () => {
    const { wrapped } = newHolderKeys(ring('k1'), 'c');
    expect(() => openHolderKey(ring('k9'), 'c', wrapped, 'profile')).to.throw(KeyMissing, /k1/);
  });
});

describe('the blind index', () => {
  const keys = [randomBytes(32), randomBytes(32), randomBytes(32)];

  it('nests: the next version is made from the last one, without the number', () => {
    for (let version = 1; version < keys.length; version += 1) {
      const before = blindIndex(keys.slice(0, version), '+15551230001');
      const after = blindIndex(keys.slice(0, version + 1), '+15551230001');
      expect(nextIndexVersion(before, keys[version] as Buffer)).to.equal(after);
      expect(after.startsWith(`${version + 1}.`)).to.equal(true);
    }
  });

  it('is the same for one number, differs for any other number or key, and reveals nothing of it', () => {
    const index = blindIndex(keys, '+15551230001');
    expect(blindIndex(keys, '+15551230001')).to.equal(index);
    expect(blindIndex(keys, '+15551230002')).not.to.equal(index);
    expect(blindIndex([randomBytes(32)], '+15551230001')).not.to.equal(
      blindIndex(keys.slice(0, 1), '+15551230001'),
    );
    expect(index).not.to.contain('5551230001');
  });

  it('has no index without a key', () => {
    expect(() => blindIndex([], '+15551230001')).to.throw(KeyMissing);
  });

  it('spreads people over 256 buckets', () => {
    const buckets = new Set(
      Array.from({ length: 4000 }, (_, at) => bucketOf(blindIndex(keys, `+1555${at}`))),
    );
    expect(buckets.size).to.equal(256);
  });
});
