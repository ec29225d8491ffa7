import { chmodSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { loadConfig } from '../../src/config.ts';
import { demoSecrets, withSecrets } from '../../src/running/demo-secrets.ts';
import { scratchFolders } from '../support/scratch.ts';

describe('the demo keys', () => {
  const folder = scratchFolders();
  const modeOf = (file: string) => (statSync(file).mode & 0o777).toString(8);

  it('are made on the first start and stay the same', () => {
    const dataDir = join(folder(), 'data');
    expect(demoSecrets(dataDir)).to.deep.equal(demoSecrets(dataDir));
  });

  it('are others in another folder', () => {
    const [first, other] = [demoSecrets(folder()), demoSecrets(folder())];
    for (const [name, secret] of Object.entries(first)) {
      expect(Object.values(other), name).not.to.include(secret);
    }
  });

  it('are all that the configuration requires', () => {
    expect(() => loadConfig(demoSecrets(folder()))).not.to.throw();
  });

  it('stand in a file that only its owner can read, and leave nothing else', () => {
    const dataDir = folder();
    demoSecrets(dataDir);
    expect(readdirSync(dataDir)).to.deep.equal(['demo-keys.json']);
    expect(modeOf(join(dataDir, 'demo-keys.json'))).to.equal('600');
  });

  it('are narrowed to their owner when others could read them', () => {
    const dataDir = folder();
    const made = demoSecrets(dataDir);
    chmodSync(join(dataDir, 'demo-keys.json'), 0o644);
    expect(demoSecrets(dataDir)).to.deep.equal(made);
    expect(modeOf(join(dataDir, 'demo-keys.json'))).to.equal('600');
  });

  it('are never replaced when their file is damaged, since they open the stored numbers', () => {
    const dataDir = folder();
    for (const damage of ['', '{', 'null', '{"KEYRING":"demo-1:x"}']) {
      writeFileSync(join(dataDir, 'demo-keys.json'), damage);
      expect(() => demoSecrets(dataDir), damage).to.throw('demo-keys.json is damaged');
    }
  });

  it('replace what is unset or empty, and nothing else', () => {
    const secrets = demoSecrets(folder());
    const env = withSecrets({ TWILIO_AUTH_TOKEN: 'own', SESSION_SECRET: '', PORT: '1' }, secrets);
    expect(env).to.deep.equal({ ...secrets, TWILIO_AUTH_TOKEN: 'own', PORT: '1' });
  });
});
