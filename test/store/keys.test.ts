import { createCipheriv, createDecipheriv, createHmac, randomBytes } from 'node:crypto';
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

function sealedByGcm(key: Buffer, place: string, plain: string): Buffer {
  const nonce = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', key, nonce);
  cipher.setAAD(Buffer.from(place));
  const body = Buffer.concat([cipher.update(plain, 'utf8'), cipher.final()]);
  return Buffer.concat([Buffer.of(1), nonce, cipher.getAuthTag(), body]);
}

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

  it('does not open when any byte of it was changed, and its error says nothing of its content', () => {
    const box = seal(key, 'contacts:1:sealed', 'words');
    for (let at = 0; at < box.length; at += 1) {
      const changed = Buffer.from(box);
      changed[at] = (changed[at] ?? 0) ^ 1;
      expect(() => unseal(key, 'contacts:1:sealed', changed)).to.throw(SealBroken, /^(?!.*words)/);
    }
  });

  it('never looks the same twice', () => {
    expect(seal(key, 'p', 'x').equals(seal(key, 'p', 'x'))).to.equal(false);
  });

  it('is ChaCha20-Poly1305 of RFC 8439: another implementation opens it, its place as associated data', () => {
    const box = seal(key, 'contacts:1:sealed', 'wörds');
    const decipher = createDecipheriv('chacha20-poly1305', key, box.subarray(1, 13), { authTagLength: 16 });
    decipher.setAAD(Buffer.from('contacts:1:sealed'), { plaintextLength: box.length - 29 });
    decipher.setAuthTag(box.subarray(-16));
    expect(box[0]).to.equal(2);
    expect(decipher.update(box.subarray(13, -16)).toString('utf8') + decipher.final('utf8')).to.equal(
      'wörds',
    );
  });

  it('of an earlier version, AES-256-GCM, opens too, unless moved or changed', () => {
    const box = sealedByGcm(key, 'contacts:1:sealed', 'words');
    expect(unseal(key, 'contacts:1:sealed', box).toString('utf8')).to.equal('words');
    expect(() => unseal(key, 'contacts:2:sealed', box)).to.throw(SealBroken);
    for (let at = 0; at < box.length; at += 1) {
      const changed = Buffer.from(box);
      changed[at] = (changed[at] ?? 0) ^ 1;
      expect(() => unseal(key, 'contacts:1:sealed', changed)).to.throw(SealBroken);
    }
  });

  it('is no box of another format, nor one cut short', () => {
    const box = seal(key, 'p', '');
    expect(unseal(key, 'p', box).length).to.equal(0);
    expect(() => unseal(key, 'p', Buffer.concat([Buffer.of(3), box.subarray(1)]))).to.throw(SealBroken);
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

  it('say which key of the ring is missing', () => {
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

  it('is one for a number, another for any other number or key, and shows nothing of it', () => {
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
