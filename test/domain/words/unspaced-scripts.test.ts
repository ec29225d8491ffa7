import { expect } from 'chai';
import { joinSigns, splitSigns } from '../../../src/domain/words/normalise.ts';

describe('scripts without spaces', () => {
  const rows: [text: string, apart: string][] = [
    ['别再发了', '别 再 发 了'],
    ['stop发短信ok', 'stop 发 短 信 ok'],
    ['보내지 마세요', '보 내 지 마 세 요'],
    ['メールは いらない', 'メ ー ル は い ら な い'],
    ['stop texting me', 'stop texting me'],
    ['не пишите', 'не пишите'],
    ['', ''],
  ];
  for (const [text, apart] of rows) {
    it(`are split into signs: ${JSON.stringify(text)}`, () => expect(splitSigns(text)).to.equal(apart));
  }

  it('are joined again while other words stay as they are', () => {
    expect(joinSigns('stop 发 短 信 to me')).to.equal('stop 发短信 to me');
    expect(joinSigns('stop texting me')).to.equal('stop texting me');
  });
});
