import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { NODE_FLAGS, ROOT } from '../../src/config.ts';

describe('Node flags of each role', () => {
  it('are on the page for operators', async () => {
    const page = await readFile(join(ROOT, 'docs', 'operations.md'), 'utf8');
    expect(page).to.contain(
      `gives the web process \`${NODE_FLAGS.web.join(' ')}\`, and the worker \`${NODE_FLAGS.worker.join(' ')}\``,
    );
  });

  it('are in the command that starts a role by itself, since NODE_OPTIONS does not accept them', async () => {
    const page = await readFile(join(ROOT, 'docs', 'operations.md'), 'utf8');
    for (const [role, flags] of Object.entries(NODE_FLAGS))
      expect(page).to.contain(`    ROLE=${role} node ${flags.join(' ')} dist/src/main.js\n`);
  });
});
