import { TextDecoder } from 'node:util';
globalThis.TextDecoder ??= TextDecoder;
