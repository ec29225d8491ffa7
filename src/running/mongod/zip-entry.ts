import { createReadStream, createWriteStream } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { createInflateRaw } from 'node:zlib';

/** Signatures and fixed sizes of PKWARE's APPNOTE 4.3.7, 4.3.12 and 4.3.16. */
const END_OF_DIRECTORY = 0x06054b50;
const END_SIZE = 22;
const DIRECTORY_ENTRY = 0x02014b50;
const ENTRY_SIZE = 46;
const LOCAL_HEADER_SIZE = 30;
const MAX_COMMENT = 0xffff;
const DEFLATED = 8;

type Entry = { method: number; packedBytes: number; headerAt: number };

/**
 * Writes the one file of a zip archive whose path ends in `suffix` to `target`, as a stream. Stored and deflated entries
 * of archives under 4 GB; the caller has checked the digest of the archive. Throws when there is no such entry.
 */
export async function extractZipEntry(archive: string, suffix: string, target: string): Promise<void> {
  const file = await open(archive, 'r');
  try {
    const entry = await findEntry(file, suffix);
    if (!entry) throw new Error(`the archive holds no file ${suffix}`);
    const header = await readAt(file, entry.headerAt, LOCAL_HEADER_SIZE);
    // Lengths of name and extra field differ between the directory and the local header.
    const start = entry.headerAt + LOCAL_HEADER_SIZE + header.readUInt16LE(26) + header.readUInt16LE(28);
    const packed = createReadStream(archive, { start, end: start + entry.packedBytes - 1 });
    const out = createWriteStream(target, { mode: 0o755 });
    if (entry.method === DEFLATED) await pipeline(packed, createInflateRaw(), out);
    else await pipeline(packed, out);
  } finally {
    await file.close();
  }
}

async function findEntry(file: FileHandle, suffix: string): Promise<Entry | undefined> {
  const { size } = await file.stat();
  const tailStart = Math.max(0, size - END_SIZE - MAX_COMMENT);
  const tail = await readAt(file, tailStart, size - tailStart);
  let end = tail.length - END_SIZE;
  while (end >= 0 && tail.readUInt32LE(end) !== END_OF_DIRECTORY) end -= 1;
  if (end < 0) throw new Error('not a zip archive');
  const directory = await readAt(file, tail.readUInt32LE(end + 16), tail.readUInt32LE(end + 12));
  for (let at = 0; at + ENTRY_SIZE <= directory.length; ) {
    if (directory.readUInt32LE(at) !== DIRECTORY_ENTRY) break;
    const nameEnd = at + ENTRY_SIZE + directory.readUInt16LE(at + 28);
    if (directory.toString('utf8', at + ENTRY_SIZE, nameEnd).endsWith(suffix)) {
      return {
        method: directory.readUInt16LE(at + 10),
        packedBytes: directory.readUInt32LE(at + 20),
        headerAt: directory.readUInt32LE(at + 42),
      };
    }
    at = nameEnd + directory.readUInt16LE(at + 30) + directory.readUInt16LE(at + 32);
  }
  return undefined;
}

async function readAt(file: FileHandle, position: number, length: number): Promise<Buffer> {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, position);
  return buffer.subarray(0, bytesRead);
}
