import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { NODE_FLAGS, ROOT } from '../../src/config.ts';

describe('Node flags of each role', () => {
  it('are in the command that starts a role by itself, since NODE_OPTIONS does not accept them', async () => {
    const page = await readFile(join(ROOT, 'docs', 'how-to', 'run-in-production.md'), 'utf8');
    for (const [role, flags] of Object.entries(NODE_FLAGS))
      expect(page).to.contain(`    ROLE=${role} node ${flags.join(' ')} dist/src/main.js\n`);
  });
});
