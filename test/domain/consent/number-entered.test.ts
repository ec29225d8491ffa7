import { expect } from 'chai';
import { CELLAR_NUMBER, CLUB_NUMBER, converse, DAY } from './conversation.ts';
import { mayGet } from './questions/renewals.ts';

describe('person whose number somebody else entered', () => {
  const entered = (program = 'deals', channel: 'WEB_FORM' | 'PAPER_FORM' = 'WEB_FORM') => {
    const talk = converse();
    talk.door(program, channel);
    talk.handOver();
    return talk;
  };

  it('reads from WHY which door asked and when, and that nothing comes without YES', () => {
    expect(entered().text('WHY').said[0]?.text).to.equal(
      'Fernway: on May 20, 2026 we were asked on our web form to send Fernway Deals texts to this number. To get them, reply YES. Otherwise we will send none. Help: 1-800-555-0142.',
    );
    expect(entered('club', 'PAPER_FORM').text('WHY', CLUB_NUMBER).said[0]?.text).to.include(
      'we were asked on a paper form to send Fernway club texts to this number. To get them, reply AGREE.',
    );
  });

  it('reads from MENU, PAUSE and codes how to answer the question', () => {
    for (const body of ['MENU', 'PREFS', 'PAUSE', '1', 'DEALS']) {
      const { said } = entered().text(body);
      expect(
        said.map(({ text }) => text),
        body,
      ).to.deep.equal([
        'Fernway: you do not get Fernway Deals texts yet, so nothing changed. To get them, reply YES. HELP for help, STOP to end.',
      ]);
    }
  });

  it('reads from a code of another program how to join that program', () => {
    expect(entered().text('SHIPPING').said[0]).to.include({ template: 'not-subscribed' });
  });

  it('reads that the birth date is awaited for a program with an age gate', () => {
    const talk = entered('cellar');
    talk.text('YES', CELLAR_NUMBER);
    for (const body of ['WHY', 'MENU']) {
      expect(talk.text(body, CELLAR_NUMBER).said[0]?.text).to.include(
        'To get them, reply with your birth date.',
      );
    }
  });

  it('reads during a hold to reply RESUME, which asks again', () => {
    const talk = entered('deals');
    talk.text('🛑');
    talk.wait(DAY / 24);
    for (const body of ['WHY', 'MENU']) {
      expect(talk.text(body).said[0]?.text).to.include('To get them, reply RESUME.');
    }
    for (const body of ['RESUME', 'WHY']) talk.text(body);
    expect(talk.last.said[0]?.text).to.include('To get them, reply YES.');
    expect(talk.text('YES').said.map(({ template }) => template)).to.deep.equal(['welcome']);
  });

  it('reads to reply YES while another program of the number is on hold', () => {
    const talk = converse();
    for (const body of ['JOIN', 'YES']) talk.text(body);
    talk.door('orders');
    talk.handOver();
    talk.text('🛑');
    for (const body of ['WHY', '4']) {
      const answers = talk.text(body).said.map(({ text }) => text);
      expect(answers.at(-1), body).to.include('To get them, reply YES.');
    }
    expect(talk.text('YES').said.map(({ template }) => template)).to.deep.equal(['welcome-held']);
    for (const body of ['RESUME', 'YES', 'RESUME', 'YES']) talk.text(body);
    expect(mayGet(talk, 'deals', 'deals')).to.equal(true);
    expect(mayGet(talk, 'orders', 'orders')).to.equal(true);
  });

  it('reads nothing about the question before it has left', () => {
    const talk = converse();
    talk.door('deals');
    expect(talk.text('WHY').said[0]).to.include({ template: 'why-none' });
    expect(talk.text('MENU').said[0]).to.include({ template: 'not-subscribed' });
  });
});
