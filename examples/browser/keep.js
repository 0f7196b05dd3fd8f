/** Hands a file over to be kept. */
export function keep(blob, name) {
  const url = URL.createObjectURL(blob);
  Object.assign(document.createElement('a'), { href: url, download: name }).click();
  // The browser holds what it needs once the download has begun.
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}

/** @throws Error whose message is fit to be shown */
export async function copy(text) {
  if (!navigator.clipboard) throw new Error('This page has no access to the clipboard: it needs https, or localhost.');
  await navigator.clipboard.writeText(text);
}
