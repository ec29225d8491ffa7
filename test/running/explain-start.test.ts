import { expect } from 'chai';
import { explainStart } from '../../src/running/mongod/embedded-mongod.ts';

/** Lines as mongod and the loader write them. */
const CASES: [complaint: string, told: RegExp][] = [
  [
    'mongod: error while loading shared libraries: libcurl.so.4: cannot open shared object file',
    /system libraries .*: libcurl\.so\.4$/,
  ],
  [
    "/lib/libc.so.6: version `GLIBC_2.38' not found (required by mongod)",
    /system libraries .*: GLIBC_2\.38$/,
  ],
  [
    '{"s":"E","attr":{"error":"DBPathInUse: Unable to lock the lock file: /d/mongo/mongod.lock"}}',
    /^Another mongod is using \/d\/mongo\./,
  ],
  [
    '{"s":"F","msg":"Wrong mongod version","attr":{"error":"UPGRADE PROBLEM: featureCompatibilityVersion"}}',
    /^mongod 8\.0\.1 cannot read the data in \/d\/mongo/,
  ],
  ['{"s":"E","msg":"No space left on device"}', /^The disk that holds \/d\/mongo is full/],
  [
    '{"s":"E","attr":{"error":"IllegalOperation: Attempted to create a lock file on a read-only directory: /d/mongo"}}',
    /^mongod may not write to \/d\/mongo/,
  ],
  ['something else', /^mongod did not start on \/d\/mongo: exited\nsomething else$/],
];

describe('a mongod that did not start', () => {
  for (const [complaint, told] of CASES) {
    it(`is explained: ${complaint.slice(0, 60)}`, () => {
      const failure = explainStart({
        failure: new Error('exited'),
        complaints: [complaint],
        dbPath: '/d/mongo',
        version: '8.0.1',
      });
      expect(failure.message).to.match(told);
      expect(failure.message.split('\n').length).to.be.at.most(3);
    });
  }

  it('is told in its own words when its port was taken', () => {
    const failure = new Error('Port "27017" already in use');
    expect(explainStart({ failure, complaints: [], dbPath: '/d/mongo', version: '8.0.1' }).message).to.equal(
      failure.message,
    );
  });
});
