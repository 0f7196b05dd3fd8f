import { expect, test } from 'vitest';
import { clock, ProgressLine } from '../../src/cli/progress-line.ts';

test('a line that is written over, ten times a second at most, and no longer than the terminal is wide', () => {
  let now = 0;
  const written: string[] = [];
  const line = new ProgressLine(
    { write: (text) => written.push(text), columns: 40 },
    '{value}/{total} faces, {eta_formatted} left, {note}',
    () => now,
  );
  line.start(100, 10, { note: 'a' });
  for (const milliseconds of [50, 120, 2000]) {
    now = milliseconds;
    line.increment();
  }
  now = 3000;
  line.update(40, { note: 'of whatever length' });
  line.stop();
  expect(written.map((text) => text.replace(/^\r\x1b\[K/, ''))).toEqual([
    '10/100 faces, ? left, a',
    '12/100 faces, 0:05 left, a',
    '13/100 faces, 0:58 left, a',
    '40/100 faces, 0:06 left, of whatever le',
    '',
  ]);
  expect(written.every((text) => text.startsWith('\r\x1b[K'))).toBe(true);
});

test('time as a clock has it', () => {
  expect([0, 9.6, 125, 3723, 36_000, Infinity, NaN].map(clock)).toEqual(['0:00', '0:10', '2:05', '1:02:03', '10:00:00', '?', '?']);
});
