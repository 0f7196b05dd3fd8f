// The tags of an XML file, one after the other, as far as annotations need it: no document types, so that no entity can be
// declared, and text between tags is passed over.
import { DataError } from '../base/errors.ts';
import { quote } from '../base/quote.ts';

/** A tag: `<name attribute="value">`, its end `</name>`, or both in one, `<name/>`. */
export interface Tag {
  name: string;
  attributes: ReadonlyMap<string, string>;
  opens: boolean;
  closes: boolean;
}

const PASSED_OVER = [
  ['<?', '?>'],
  ['<!--', '-->'],
  ['<![CDATA[', ']]>'],
] as const;
const TAG = /<(\/?)([\p{L}_][\w:.-]*)((?:\s+[\w:.-]+\s*=\s*(?:"[^"]*"|'[^']*'))*)\s*(\/?)>/uy;
const ATTRIBUTE = /([\w:.-]+)\s*=\s*(?:"([^"]*)"|'([^']*)')/g;
const ENTITIES: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

/** @throws DataError for what is no tag, or begins and doesn't end */
export function* tagsOf(xml: string, label: string): Generator<Tag> {
  const fail = (at: number) => new DataError(`${label}: ${quote(xml.slice(at, at + 20))} is no tag of an XML file`);
  for (let at = xml.indexOf('<'); at >= 0; at = xml.indexOf('<', at)) {
    const passed = PASSED_OVER.find(([begin]) => xml.startsWith(begin, at));
    if (passed) {
      const end = xml.indexOf(passed[1], at);
      if (end < 0) throw fail(at);
      at = end + passed[1].length;
      continue;
    }
    TAG.lastIndex = at;
    const match = TAG.exec(xml);
    if (!match) throw fail(at);
    const [tag, end, name, attributes, empty] = match;
    at += tag.length;
    const pairs = [...attributes.matchAll(ATTRIBUTE)].map(([, key, double, single]) => [key, unescapeXml(double ?? single)] as const);
    yield { name, attributes: new Map(pairs), opens: end === '', closes: end !== '' || empty !== '' };
  }
}

/** A text whose characters may be written as entities; what is none stays. */
function unescapeXml(text: string): string {
  return text.replace(/&(?:#(\d{1,7})|#x([\da-f]{1,6})|(\w{2,4}));/gi, (whole, decimal, hexadecimal, name) => {
    if (name !== undefined) return ENTITIES[name] ?? whole;
    const code = decimal === undefined ? parseInt(hexadecimal, 16) : Number(decimal);
    return code <= 0x10ffff ? String.fromCodePoint(code) : whole;
  });
}
