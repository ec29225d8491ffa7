import { MongodError } from './mongod-error.ts';
import { missingLibraries } from './probe.ts';

type FailedStart = { failure: unknown; complaints: string[]; dbPath: string; version: string };

/** What to tell the operator about a mongod that did not start; `complaints` are its own lines, newest last. */
export function explainStart({ failure, complaints, dbPath, version }: FailedStart): MongodError {
  const message = failure instanceof Error ? failure.message : String(failure);
  const all = `${message}\n${complaints.join('\n')}`;
  const libraries = missingLibraries(all);
  if (libraries)
    return new MongodError(`mongod needs system libraries that are missing: ${libraries.join(', ')}`);
  if (/address already in use|already in use/i.test(message)) return new MongodError(message);
  if (/DBPathInUse|Unable to lock the lock file/i.test(all)) {
    return new MongodError(`Another mongod is using ${dbPath}.\nEnd it, or set DATA_DIR to another folder.`);
  }
  if (
    /IncompatibleServerVersion|featureCompatibilityVersion|unsupported WiredTiger file version|Wrong mongod version/i.test(
      all,
    )
  ) {
    return new MongodError(
      `mongod ${version} cannot read the data in ${dbPath}: another release of MongoDB wrote it.\nPut that release on the PATH, or set DATA_DIR to another folder.`,
    );
  }
  if (/No space left|ENOSPC/i.test(all)) return new MongodError(`The disk that holds ${dbPath} is full.`);
  if (/permission denied|read-only|IllegalOperation: Attempted to create a lock file/i.test(all)) {
    return new MongodError(
      `mongod may not write to ${dbPath}.\nCorrect its owner and mode, or set DATA_DIR to another folder.`,
    );
  }
  const last = complaints.at(-1)?.slice(0, 300);
  return new MongodError(
    [`mongod did not start on ${dbPath}: ${message.split('\n')[0]}`, last].filter(Boolean).join('\n'),
  );
}
