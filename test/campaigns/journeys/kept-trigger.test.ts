import { expect } from 'chai';
import { fieldsOf } from '../../api/client.ts';
import { type JourneyHarness, startJourneyHarness } from './journey-harness.ts';
import { journeyScenes, putWords, send } from './journey-scenes.ts';

describe('a running journey, saved while what it names cannot be saved', () => {
  let harness: JourneyHarness;
  before(async () => {
    harness = await startJourneyHarness();
    await putWords(harness);
  });
  after(() => harness.stop());
  const { put, post, started } = journeyScenes(() => harness, '151');

  const segment = async (id: string, tree: object) => {
    const saved = await harness.client('put', `/segments/${id}`, { body: { name: id, tree } });
    expect(saved.status, saved.text).to.equal(200);
  };
  const archive = async (id: string) => {
    const archived = await harness.client('post', `/segments/${id}/archive`, { body: {} });
    expect(archived.status, archived.text).to.equal(200);
  };
  const newest = async (journey: string) => {
    const versions = await harness.gateway.store.journeyVersions
      .find({ journey })
      .sort({ version: 1 })
      .toArray();
    return JSON.stringify(versions.at(-1));
  };

  it('keeps its trigger and says why, without the advice to stop', async () => {
    await segment('lapsed', { kind: 'did-not', event: 'purchase', days: 90 });
    const trigger = { kind: 'segment', segment: { kind: 'segment', id: 'lapsed' } };
    await started('back', { trigger });
    await archive('lapsed');
    const saved = await put('back', { trigger, steps: [send('a', { hours: 1 })] });
    expect([saved.status, saved.body.version], saved.text).to.deep.equal([200, 2]);
    expect(saved.body.kept).to.match(
      /^“trigger.segment.id” could not be saved now, so the journey keeps its trigger: /,
    );
    expect(saved.body.kept)
      .to.match(/archived/)
      .and.not.match(/stop the journey/);
    expect(await newest('back')).to.contain('"days":90');
    await post('back', 'stop');
    expect(fieldsOf(await put('back', { trigger }))).to.deep.equal(['trigger.segment.id']);
  });

  it('does not begin by a type of event that may be a phone number', async () => {
    const refused = await put('tours', { trigger: { kind: 'event', event: 'tour-2024-2025' } });
    expect([refused.status, fieldsOf(refused)]).to.deep.equal([422, ['trigger.event']]);
  });

  it('keeps the condition of the step that had it and says so, and no other step may have it', async () => {
    const spent = (sum: number) => ({ kind: 'did', event: 'purchase', sum });
    await segment('vip', spent(200));
    const only_if = { kind: 'segment', id: 'vip' };
    await started('offer', { steps: [send('a', {}, { only_if })] });
    await segment('vip', spent(500));
    await archive('vip');
    const saved = await put('offer', { steps: [send('a', { hours: 1 }, { only_if })] });
    expect([saved.status, saved.body.version], saved.text).to.deep.equal([200, 2]);
    expect(saved.body.kept).to.match(
      /^“steps.0.only_if.id” could not be saved now, so the step keeps its condition: /,
    );
    expect(await newest('offer')).to.contain('"sum":200');
    const more = [send('a', {}, { only_if }), send('b', { hours: 1 }, { only_if })];
    expect(fieldsOf(await put('offer', { steps: more }))).to.deep.equal(['steps.1.only_if.id']);
  });
});
