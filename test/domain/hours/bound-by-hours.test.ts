import { expect } from 'chai';
import { CHANNELS } from '../../../src/domain/consent/channels.ts';
import type { Prompt } from '../../../src/domain/consent/consent-state.ts';
import { isBoundByHours, JUST_ASKED_MS } from '../../../src/domain/hours/permitted-hours.ts';
import { MESSAGE_CLASSES } from '../../../src/domain/sending/lanes.ts';

const NOW = new Date('2026-03-02T08:00:00Z');

describe('messages that quiet hours apply to', () => {
  const asked = (channel: Prompt['channel'], agoMs: number) => ({
    prompts: [{ id: 'p1', channel, issuedAt: new Date(NOW.getTime() - agoMs) } as Prompt],
  });
  const question = { class: 'prompt' as const, own: false, prompt: 'p1' };

  it('are marketing, whoever asked for it, and no other class except prompts', () => {
    const bound = MESSAGE_CLASSES.filter((of) =>
      isBoundByHours({ class: of, own: true }, { prompts: [] }, NOW),
    );
    expect(bound).to.deep.equal(['marketing']);
    expect(isBoundByHours({ class: 'help' }, { prompts: [] }, NOW)).to.equal(false);
  });

  it('include a prompt unless its form was just sent in', () => {
    const free = CHANNELS.filter((channel) => !isBoundByHours(question, asked(channel, 1000), NOW));
    expect(free).to.deep.equal(['WEB_FORM', 'MOBILE_QR_CODE']);
    for (const [agoMs, bound] of [
      [JUST_ASKED_MS, false],
      [JUST_ASKED_MS + 1, true],
    ] as const) {
      expect(isBoundByHours(question, asked('WEB_FORM', agoMs), NOW)).to.equal(bound);
    }
  });

  it('exclude a prompt that a text of the person asked for, however late it comes', () => {
    expect(isBoundByHours({ ...question, own: true }, asked('VIA_TEXT', 3_600_000), NOW)).to.equal(false);
  });

  it('include a prompt about which nothing is known any more', () => {
    expect(isBoundByHours({ ...question, prompt: 'p0' }, asked('WEB_FORM', 0), NOW)).to.equal(true);
  });
});
