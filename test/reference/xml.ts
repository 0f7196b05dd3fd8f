import { expect } from 'vitest';

/** The names of all elements, once every tag is closed by its own and every attribute and text is clean XML. */
export function elements(xml: string): string[] {
  const open: string[] = [];
  const seen: string[] = [];
  const rest = xml.replace(/<(\/?)([a-z]\w*)((?:\s+[\w:-]+="[^"<]*")*)\s*(\/?)>/gi, (_, closing, name, _attributes, empty) => {
    if (closing) expect(open.pop()).toBe(name);
    else seen.push(name);
    if (!closing && !empty) open.push(name);
    return '';
  });
  expect(open).toEqual([]);
  expect(rest).not.toMatch(/[<>]|&(?!(amp|lt|gt|quot|apos);)/);
  expect(xml).not.toMatch(/[\0-\x08\x0b\x0c\x0e-\x1f]|NaN|undefined/);
  return seen;
}
