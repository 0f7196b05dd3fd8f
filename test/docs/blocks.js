// The code of a page in Markdown.

/**
 * @returns for each fenced block its `language`, the `rest` of its first line, `code`, the `line` it begins at, and the `file`
 *   that the text just before names, if it does: "..., `main.js`:"
 */
export function blocksOf(markdown) {
  return [...markdown.matchAll(/^```(\S*)([^\n]*)\n([\s\S]*?)^```$/gm)].map((match) => {
    const [, language, rest, code] = match;
    const before = markdown.slice(0, match.index);
    const [, file] = before.match(/`([\w-]+\.\w+)`:\n\n$/) ?? [];
    return { language, rest: rest.trim(), code, file, line: before.split('\n').length };
  });
}

/** The commands of a shell block, a line each, without comments. */
export function commandsOf(code) {
  const lines = code.replace(/\\\n\s*/g, '').split('\n');
  return lines.map((line) => line.replace(/(^|\s+)# .*$/, '').trim()).filter((line) => line !== '');
}
