import { beforeEach, vi } from 'vitest';

/** What each test of a file prints to standard output, a line an entry; its exit code is forgotten after it. */
export function captureOutput(): string[] {
  const output: string[] = [];
  beforeEach(() => {
    output.splice(0);
    vi.spyOn(console, 'log').mockImplementation((text: string) => void output.push(text));
    return () => {
      vi.restoreAllMocks();
      process.exitCode = undefined;
    };
  });
  return output;
}
