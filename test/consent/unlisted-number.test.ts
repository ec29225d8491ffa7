import { expect } from 'chai';
import { type HandlingContext, openHandlingContext, SENDERS } from './handling-senders.ts';

/** A number of the service's pool that nobody has saved as a sender. */
const POOLED = { ...SENDERS.advanced, number: '+15550100777' };
const UNLISTED = { To: POOLED.number };

describe('a text to a number that is not configured', () => {
  let context: HandlingContext;
  before(async () => {
    context = await openHandlingContext([POOLED]);
  });
  after(() => context.gateway.stop());

  it('is answered when its Messaging Service is that of a sender: JOIN prompts, and YES there confirms', async () => {
    const person = context.someone();
    const { bodies } = await context.answers('advanced', person, 'STYLE', UNLISTED);
    expect(bodies).to.have.lengthOf(1);
    expect(bodies[0]).to.match(/reply YES to get recurring automated texts/);
    expect(await context.answeredFrom(person)).to.deep.equal([POOLED.number]);
    expect((await context.answers('advanced', person, 'YES', UNLISTED)).bodies).to.have.lengthOf(1);
    expect(await context.held('advanced', person)).to.include({ state: 'subscribed', open: 0 });
  });

  it('records the block of its STOP when its service is that of a sender, and JOIN on the sender prompts nobody', async () => {
    const person = context.someone();
    await context.answers('advanced', person, 'STOP', UNLISTED);
    expect(await context.held('advanced', person)).to.include({ optedOut: true, blocked: true });
    expect((await context.answers('advanced', person, 'STYLE')).bodies).to.deep.equal([]);
    expect((await context.ledger(person))[0]).to.include({
      kind: 'ineffective',
      reason: 'the carrier still blocks this number',
    });
    expect(await context.attempts(person)).to.deep.equal([]);
    await context.answers('advanced', person, 'START', UNLISTED);
    expect(await context.held('advanced', person)).to.include({ optedOut: true, blocked: false });
  });

  it('is answered by nobody when its service is unknown too: its STOP counts, and blocks none of our numbers', async () => {
    const person = context.someone();
    const fields = { ...UNLISTED, MessagingServiceSid: `MG${'f'.repeat(32)}` };
    expect((await context.answers('own', person, 'STYLE', fields)).bodies).to.deep.equal([]);
    await context.answers('own', person, 'STOP', fields);
    expect(await context.held('own', person)).to.include({ optedOut: true, blocked: false });
    expect(await context.held('advanced', person)).to.include({ optedOut: true, blocked: false });
  });
});
