/** `npm run bench`: our kernels against other engines; with `--front`, our models against those of other packages. */
await import(process.argv.includes('--front') ? './front/main.js' : './engines.js');
