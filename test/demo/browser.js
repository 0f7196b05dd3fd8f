import { existsSync } from 'node:fs';
import { chromium } from 'playwright-core';

const PATHS = [
  process.env.CHROMIUM,
  '/usr/bin/chromium',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
];

/** Where Chromium is, or undefined. */
export const executablePath = PATHS.find((path) => path && existsSync(path));

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

export const launch = (...flags) => chromium.launch({ executablePath, args: [...FLAGS, ...flags] });

/** A page that loads the demo and waits for its model, and the errors that it has reported so far. */
export async function openDemo(browser, url, options = {}) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...options });
  const page = await context.newPage();
  const errors = [];
  page.on('pageerror', (error) => errors.push(error.message));
  page.on('console', (message) => message.type() === 'error' && errors.push(message.text()));
  await page.goto(url);
  await modelLoaded(page);
  return { page, errors };
}

export const modelLoaded = (page) =>
  page.waitForFunction(() => document.querySelector('#features li') && document.querySelector('#status').textContent === '');

/** Chooses a sample by its name. */
export const openSample = (page, name = 'Grace Hopper') => page.getByRole('button', { name, exact: true }).click();

/** Waits until the status line says something that matches. */
export const hears = (page, pattern) =>
  page.waitForFunction((source) => new RegExp(source).test(document.querySelector('#status').textContent), pattern.source);
