import { expect } from 'chai';
import { adviceOnTemplate, adviceOnWords } from '../../../src/domain/templates/foreign-placeholders.ts';

/** Kept apart from its brace: a placeholder of this language looks the same. */
const SIGN = '$';

const OWN = new Set(['shoe_size', 'points']);
const ALL = ['first_name', 'brand', 'fields.shoe_size', 'fields.points'];
const adviceOn = (text: string): string[] => adviceOnTemplate(text, OWN, ALL);

describe('fields in the spelling of another system, in a template', () => {
  const meant: [written: string, read: string, right: string][] = [
    ['{{first_name}}', '"{first_name}"', '{first_name|…}'],
    ['{{ first_name }}', '"{ first_name }"', '{first_name|…}'],
    ['{{firstName}}', '"{firstName}"', '{first_name|…}'],
    ['{{contact.firstname}}', '"{contact.firstname}"', '{first_name|…}'],
    ['{{first_name|there}}', '"{first_name|there}"', '{first_name|…}'],
    ['{{ person.first_name|default:"x" }}', '"{ person.first_name|default:"x" }"', '{first_name|…}'],
    ['{{{first_name}}}', 'braces around the value', '{first_name|…}'],
    ['{{frist_name}}', '"{frist_name}"', '{first_name|…}'],
    ['%first_name%', '"%first_name%"', '{first_name|…}'],
    ['%%First Name%%', '"%%First Name%%"', '{first_name|…}'],
    ['[[name]]', '"[[name]]"', '{first_name|…}'],
    ['[First Name]', '"[First Name]"', '{first_name|…}'],
    ['<<name>>', '"<<name>>"', '{first_name|…}'],
    ['<first_name>', '"<first_name>"', '{first_name|…}'],
    ['<%= name %>', '"<%= name %>"', '{first_name|…}'],
    ['«Nombre»', '"«Nombre»"', '{first_name|…}'],
    ['*|FNAME|*', '"*|FNAME|*"', '{first_name|…}'],
    ['*|LNAME:friend|*', '"*|LNAME:friend|*"', '{last_name|…}'],
    [`${SIGN}{first_name|there}`, '"$" before the value', '{first_name|…}'],
    ['#{city|town}', '"#" before the value', '{city|…}'],
    ['@first_name', '"@first_name"', '{first_name|…}'],
    ['FNAME', '"FNAME"', '{first_name|…}'],
    ['%company%', '"%company%"', '{brand}'],
    ['{{shoe_size}}', '"{shoe_size}"', '{fields.shoe_size|…}'],
    ['{{contact.ShoeSize}}', '"{contact.ShoeSize}"', '{fields.shoe_size|…}'],
    ['%pionts%', '"%pionts%"', '{fields.points|…}'],
    ['{{coupon_code}}', '"{coupon_code}"', '{coupon:…}'],
    ['[[link]]', '"[[link]]"', '{link:https://…}'],
  ];
  for (const [written, read, right] of meant)
    it(`warns that people would read ${read}, and names ${right}`, () => {
      const advice = [`Character 4: people would read ${read}. Write ${right}.`];
      expect(adviceOn(`Hi ${written}, news`)).to.deep.equal(advice);
    });

  it('names all fields where none is like it', () => {
    expect(adviceOn('😀 {{appointment}} and [[1]]')).to.deep.equal([
      `Character 3: people would read "{appointment}". There is no field "appointment". There are ${ALL.join(', ')}, written {first_name|there}.`,
      `Character 23: people would read "[[1]]". There is no field "1". There are ${ALL.join(', ')}, written {first_name|there}.`,
    ]);
  });

  const ordinary = [
    'Hi {first_name|there}, {brand} in {city|your town}',
    `{fields.points|0} points, worth ${SIGN}{fields.points|0}`,
    '20% off today, 30% tomorrow, 50%off%, 100%',
    'Go {link:https://shop.example/%7Bfirst_name%7D?name=[[name]]&x=%name%&fname=1} now',
    '<b>Sale</b> [today only] «Bonjour» <3 :-) *bold* #sale @fernway',
    'a {{ 5 < 6 }} b',
    'My first name is Ada. State your name, city and company.',
    '<- ->  >> << [] [[]] ** |',
  ];
  for (const text of ordinary)
    it(`says nothing about "${text.slice(0, 30)}"`, () => expect(adviceOn(text)).to.deep.equal([]));

  it('names the first five of many', () => {
    expect(adviceOn('%name% '.repeat(400))).to.have.length(5);
  });
});

describe('fields in words that are sent as they are', () => {
  const fields = [
    '{first_name}',
    '{first_name|there}',
    '{{first_name}}',
    '{link:https://shop.example/a}',
    '%name%',
    `${SIGN}{fields.points|0}`,
  ];
  for (const written of fields)
    it(`warns that ${written} is sent as it is written`, () => {
      expect(adviceOnWords(`Hi ${written}, news`)).to.deep.equal([
        `Character 4: "${written}" is sent as it is written, because only a template has fields. Save the text as a template (PUT /templates/{id}) and send that.`,
      ]);
    });

  it('says nothing about ordinary words', () => {
    expect(adviceOnWords('Fernway: 20% off {today only!} {} at https://x.example/%name%')).to.deep.equal([]);
  });
});
