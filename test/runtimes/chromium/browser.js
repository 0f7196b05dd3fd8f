import { access } from 'node:fs/promises';
import { chromium } from 'playwright-core';
import { Unavailable } from '../install.js';

const PATHS = [
  process.env.CHROMIUM,
  '/usr/bin/chromium',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
];

/** As a test needs it: without a sandbox (there is none for root), and without a word to the network. */
const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

const LIMIT_MS = 120_000;

/**
 * Opens a page and hands it to `use`.
 *
 * @param expected an error that the page may report
 * @throws Error if `use` does, or if the page reports another error
 */
export async function withPage(url, use, expected) {
  const browser = await chromium.launch({ executablePath: await findBrowser(), args: FLAGS, timeout: LIMIT_MS });
  const watchdog = setTimeout(() => browser.close(), LIMIT_MS);
  try {
    const page = await browser.newPage();
    const errors = [];
    page.on('pageerror', (error) => errors.push(error.message));
    page.on('console', (message) => message.type() === 'error' && !expected?.test(message.text()) && errors.push(message.text()));
    await page.goto(url);
    const result = await use(page).catch((error) => errors.push(error.message));
    if (errors.length > 0) throw new Error(errors.join('; '));
    return { version: browser.version(), ...result };
  } finally {
    clearTimeout(watchdog);
    await browser.close();
  }
}

async function findBrowser() {
  for (const path of PATHS) {
    if (
      path &&
      (await access(path).then(
        () => true,
        () => false,
      ))
    )
      return path;
  }
  throw new Unavailable('there is no Chromium: install it, or give its path in the environment variable CHROMIUM');
}
