/** Longest piece of an untrusted string that a message repeats. */
const MAX_LENGTH = 80;

/** A value out of an untrusted file as it may stand in a one-line message: short, without line breaks or control characters. */
export function quote(value: unknown): string {
  if (typeof value === 'string') {
    const text = JSON.stringify(value.slice(0, MAX_LENGTH)).replace(/[^\x20-\x7e]/g, escape);
    return value.length > MAX_LENGTH ? `${text}...` : text;
  }
  if (Array.isArray(value)) {
    const items = value.slice(0, 8).map((item) => (Array.isArray(item) ? '[...]' : quote(item)));
    return `[${items.join(', ')}${value.length > 8 ? ', ...' : ''}]`;
  }
  return typeof value === 'object' && value !== null ? 'an object' : String(value).slice(0, MAX_LENGTH);
}

function escape(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
