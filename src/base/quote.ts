/** Longest piece of an untrusted string that a message repeats. */
const MAX_LENGTH = 80;
const MAX_ITEMS = 8;

/**
 * Any value as it may stand in a one-line message: short, without line breaks or control characters. Nothing that a
 * caller or a file can make (symbols, revoked proxies, texts that throw) makes it throw.
 */
export function quote(value: unknown): string {
  try {
    if (typeof value === 'string') return quoteText(value);
    if (typeof value === 'function') return 'a function';
    if (typeof value !== 'object' || value === null) return escapeAll(String(value).slice(0, MAX_LENGTH));
    if (!Array.isArray(value)) return 'an object';
    const items = value.slice(0, MAX_ITEMS).map((item) => (Array.isArray(item) ? '[...]' : quote(item)));
    return `[${items.join(', ')}${value.length > MAX_ITEMS ? ', ...' : ''}]`;
  } catch {
    return 'an object';
  }
}

/** A name as a terminal may show it: what would move its cursor, break the line or colour what follows is `?`, as `ls` has it. */
export const printable = (text: string): string => text.replace(/\p{Cc}/gu, '?');

function quoteText(value: string): string {
  const text = escapeAll(JSON.stringify(value.slice(0, MAX_LENGTH)));
  return value.length > MAX_LENGTH ? `${text}...` : text;
}

function escapeAll(text: string): string {
  return text.replace(/[^\x20-\x7e]/g, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
