/**
 * Rows of text with aligned columns, two spaces between them.
 *
 * @param rows cells; rows may differ in length
 * @param right indices of the columns that are aligned to the right (numbers)
 * @returns one line per row, without a newline at its end
 */
export function alignColumns(rows: string[][], right: number[] = []): string[] {
  const widths: number[] = [];
  for (const row of rows) row.forEach((cell, i) => (widths[i] = Math.max(widths[i] ?? 0, cell.length)));
  return rows.map((row) =>
    row
      .map((cell, i) => (right.includes(i) ? cell.padStart(widths[i]) : cell.padEnd(widths[i])))
      .join('  ')
      .trimEnd(),
  );
}
