import { expect } from 'chai';
import { isSaidAgain } from '../../../src/domain/consent/opt-out.ts';
import type { Scope } from '../../../src/domain/consent/suppression.ts';
import { type Conversation, converse } from './conversation.ts';

type Act = string | ((talk: Conversation) => void);

const onPage: Act = (talk) => void talk.leave();

describe('an opt-out by a page', () => {
  const CASES: [what: string, acts: Act[], scopes: Scope[], again: boolean][] = [
    ['is new for a person who said nothing', ['JOIN', 'YES'], ['all'], false],
    ['says again what the page said', ['JOIN', 'YES', onPage], ['all'], true],
    ['says again what the page said to a stranger', [onPage], ['all'], true],
    ['is new after a STOP of the person', ['JOIN', 'YES', 'STOP'], ['all'], false],
    ['is new where a STOP came after the page', [onPage, 'STOP'], ['all'], false],
    ['is new where the person was asked since', [onPage, 'JOIN'], ['all'], false],
    ['is new where the person has joined since', [onPage, 'JOIN', 'YES'], ['all'], false],
    ['is new where the person refused a question since', [onPage, 'JOIN', 'NO'], ['all'], false],
    ['is new for a part of what the page ended', [onPage], ['program:deals'], false],
  ];
  for (const [what, acts, scopes, again] of CASES) {
    it(what, () => {
      const talk = converse();
      for (const act of acts) {
        if (typeof act === 'string') talk.text(act);
        else act(talk);
      }
      expect(isSaidAgain(talk.person, scopes, 'WEB_FORM')).to.equal(again);
      expect(isSaidAgain(talk.person, scopes, 'VERBAL')).to.equal(false);
    });
  }
});
