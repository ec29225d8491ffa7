import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { deflateRawSync } from 'node:zlib';
import { expect } from 'chai';
import { extractZipEntry } from '../../src/running/mongod/download-mongod.ts';
import { scratchFolders } from '../support/scratch.ts';

type Member = { name: string; content: Buffer; stored?: boolean };

/** A zip archive as APPNOTE 4.3 lays it out: local headers with an extra field, the directory, its end with a comment. */
function zip(members: Member[]): Buffer {
  const [files, directory]: [Buffer[], Buffer[]] = [[], []];
  let offset = 0;
  for (const { name, content, stored = false } of members) {
    const packed = stored ? content : deflateRawSync(content);
    const extra = Buffer.from('extra');
    const local = Buffer.alloc(30);
    local.writeUInt32LE(0x04034b50, 0);
    local.writeUInt16LE(name.length, 26);
    local.writeUInt16LE(extra.length, 28);
    const entry = Buffer.alloc(46);
    entry.writeUInt32LE(0x02014b50, 0);
    entry.writeUInt16LE(stored ? 0 : 8, 10);
    entry.writeUInt32LE(packed.length, 20);
    entry.writeUInt32LE(content.length, 24);
    entry.writeUInt16LE(name.length, 28);
    entry.writeUInt32LE(offset, 42);
    files.push(local, Buffer.from(name), extra, packed);
    directory.push(entry, Buffer.from(name));
    offset += local.length + name.length + extra.length + packed.length;
  }
  const end = Buffer.alloc(22);
  const listed = Buffer.concat(directory);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt32LE(listed.length, 12);
  end.writeUInt32LE(offset, 16);
  end.writeUInt16LE(7, 20);
  return Buffer.concat([...files, listed, end, Buffer.from('comment')]);
}

describe('taking one file out of a zip archive', () => {
  const folder = scratchFolders();

  function archive(bytes: Buffer): { file: string; target: string } {
    const root = folder();
    const file = join(root, 'archive.zip');
    writeFileSync(file, bytes);
    return { file, target: join(root, 'taken') };
  }

  const big = Buffer.from(Array.from({ length: 300_000 }, (_, index) => (index * index) % 251));

  for (const stored of [true, false]) {
    it(`gives back what was ${stored ? 'stored' : 'deflated'}, ready to be executed`, async () => {
      const { file, target } = archive(
        zip([
          { name: 'a/readme', content: Buffer.from('read me') },
          { name: 'a/bin/mongod', content: big, stored },
          { name: 'z', content: Buffer.from('last') },
        ]),
      );
      await extractZipEntry(file, 'bin/mongod', target);
      expect(readFileSync(target).equals(big)).to.equal(true);
      expect(statSync(target).mode & 0o111).to.equal(0o111);
    });
  }

  it('says that the archive lacks the file', async () => {
    const { file, target } = archive(zip([{ name: 'a', content: Buffer.from('a') }]));
    const failure = await extractZipEntry(file, 'bin/mongod', target).catch(
      (reason: Error) => reason.message,
    );
    expect(failure).to.equal('the archive holds no file bin/mongod');
  });

  it('says that a file is no archive, or is cut short', async () => {
    const whole = zip([{ name: 'bin/mongod', content: big }]);
    for (const bytes of [Buffer.alloc(0), Buffer.from('no archive'), whole.subarray(0, whole.length - 40)]) {
      const { file, target } = archive(bytes);
      const failure = await extractZipEntry(file, 'bin/mongod', target).catch(
        (reason: Error) => reason.message,
      );
      expect(failure).to.equal('not a zip archive');
    }
  });
});
